import { Gateway, type GatewaySettings } from './gateway.ts';
import type { Target } from './load.ts';
import { startUpstream, type Upstream, type UpstreamSpec } from './upstream.ts';

export interface Check {
  readonly claim: string;
  readonly measured: string;
  readonly holds: boolean;
}

/** Starts and stops the processes of one scenario and records its checks. */
export class Stage {
  readonly checks: Check[] = [];
  /** The duration of the soak. */
  readonly minutes: number;
  readonly #gateways: Gateway[] = [];
  readonly #upstreams: Upstream[] = [];

  constructor(minutes: number) {
    this.minutes = minutes;
  }

  async upstream(spec: UpstreamSpec = {}): Promise<Upstream> {
    const upstream = await startUpstream(spec);
    this.#upstreams.push(upstream);
    return upstream;
  }

  /** Starts a gateway in front of the upstream and waits until it is ready. Other settings have their defaults. */
  async gateway(upstream: Upstream, settings: GatewaySettings = {}): Promise<Gateway> {
    const gateway = await Gateway.start({ UPSTREAM_URL: upstream.url, ...settings });
    this.#gateways.push(gateway);
    return gateway;
  }

  /** The target of a load and the expected answers. */
  target(origin: string, upstream: Upstream): Target {
    return { origin, documents: upstream.documents, secrets: [new URL(upstream.origin).host] };
  }

  check(claim: string, holds: boolean, measured: string | number): void {
    this.checks.push({ claim, holds, measured: String(measured) });
  }

  /** Stops everything. Checks that every gateway has logged no defect and exits with 0. */
  async close(): Promise<void> {
    for (const gateway of this.#gateways) {
      const code = await gateway.stop();
      const defects = gateway.defects();
      this.check(
        'the gateway logs no error and exits with 0',
        code === 0 && defects.length === 0,
        defects[0] ?? `exit ${code}`,
      );
      gateway.dispose();
    }
    await Promise.all(this.#upstreams.map((upstream) => upstream.stop()));
  }
}
