import type { IApplication } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1/Application';
import type { IApplicationSet } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1/ApplicationSet';
import type { IAppProject } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1/AppProject';
import type { IExternalSecret } from '@kubernetes-models/external-secrets/external-secrets.io/v1/ExternalSecret';
import type { IGateway } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/Gateway';
import type { IHTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute';
import type { IPrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import type { IServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import type { ICronJob } from 'kubernetes-models/batch/v1/CronJob';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import type { IContainer } from 'kubernetes-models/v1/Container';
import type { INamespace } from 'kubernetes-models/v1/Namespace';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import type { ISecret } from 'kubernetes-models/v1/Secret';
import type { IService } from 'kubernetes-models/v1/Service';
import type { IServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import type { IImageUpdater } from './image-updater.ts';

/** The fields of every object of the Kubernetes API. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** Every kind that may be rendered, with its type. */
export interface Kinds {
  AppProject: IAppProject;
  Application: IApplication;
  ApplicationSet: IApplicationSet;
  ConfigMap: IConfigMap;
  CronJob: ICronJob;
  Deployment: IDeployment;
  ExternalSecret: IExternalSecret;
  Gateway: IGateway;
  HTTPRoute: IHTTPRoute;
  HorizontalPodAutoscaler: IHorizontalPodAutoscaler;
  ImageUpdater: IImageUpdater;
  Namespace: INamespace;
  NetworkPolicy: INetworkPolicy;
  PodDisruptionBudget: IPodDisruptionBudget;
  PrometheusRule: IPrometheusRule;
  Secret: ISecret;
  Service: IService;
  ServiceAccount: IServiceAccount;
  ServiceMonitor: IServiceMonitor;
}

/** Every object of one kind. */
export function all<Kind extends keyof Kinds>(
  manifests: readonly Manifest[],
  kind: Kind,
): (Kinds[Kind] & Manifest)[] {
  return manifests.filter((manifest): manifest is Kinds[Kind] & Manifest => manifest.kind === kind);
}

/** The object of one kind and name. @throws Error when there is none */
export function one<Kind extends keyof Kinds>(
  manifests: readonly Manifest[],
  kind: Kind,
  name: string,
): Kinds[Kind] & Manifest {
  const found = all(manifests, kind).find(({ metadata }) => metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found;
}

export type Labels = Readonly<Record<string, string>>;

/** The pods and containers of an object. */
export interface Workload {
  readonly owner: string;
  readonly kind: 'Deployment' | 'CronJob';
  readonly name: string;
  readonly labels: Labels;
  readonly pod: IPodSpec;
  readonly containers: readonly IContainer[];
}

/** The workloads among the objects. */
export function workloads(manifests: readonly Manifest[]): Workload[] {
  const templates = [
    ...all(manifests, 'Deployment').map((each) => ({ ...each, template: each.spec?.template })),
    ...all(manifests, 'CronJob').map((each) => ({
      ...each,
      template: each.spec.jobTemplate.spec?.template,
    })),
  ];
  return templates.map(({ kind, metadata, template }) => {
    const pod = template?.spec ?? { containers: [] };
    return {
      owner: `${kind} ${metadata.name}`,
      kind,
      name: metadata.name,
      labels: template?.metadata?.labels ?? {},
      pod,
      containers: [...(pod.initContainers ?? []), ...pod.containers],
    };
  });
}

/** Whether labels match a selector. An empty selector matches all. */
export function selects(
  selector: { matchLabels?: Labels; matchExpressions?: readonly unknown[] } | undefined,
  labels: Labels,
): boolean {
  if (selector?.matchExpressions !== undefined) throw new Error('matchExpressions are not understood here');
  return Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
}
