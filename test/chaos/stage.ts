import { Gateway, type GatewaySettings } from './gateway.ts';
import type { Target } from './load.ts';
import { startUpstream, type Upstream, type UpstreamSpec } from './upstream.ts';

export interface Check {
  readonly claim: string;
  readonly measured: string;
  readonly holds: boolean;
}

/** Where one scenario plays: it starts the processes, stops them, and takes down what was found. */
export class Stage {
  readonly checks: Check[] = [];
  /** How long the soak lasts. */
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

  /** A gateway in front of the upstream, ready; with the defaults of the service but for the settings given. */
  async gateway(upstream: Upstream, settings: GatewaySettings = {}): Promise<Gateway> {
    const gateway = await Gateway.start({ UPSTREAM_URL: upstream.url, ...settings });
    this.#gateways.push(gateway);
    return gateway;
  }

  /** What load is sent to, and what must come back from there. */
  target(origin: string, upstream: Upstream): Target {
    return { origin, documents: upstream.documents, secrets: [new URL(upstream.origin).host] };
  }

  check(claim: string, holds: boolean, measured: string | number): void {
    this.checks.push({ claim, holds, measured: String(measured) });
  }

  /** Stops everything. Every gateway must come through its scenario without a defect, and stop in good order. */
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
