import { describe, expect, it } from '@jest/globals';
import { parseSettings, variables } from '../../src/app.settings.ts';
import { text, yaml } from './files.ts';

interface Service {
  readonly image?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly privileged?: boolean;
  readonly ports?: readonly string[];
  readonly profiles?: readonly string[];
  readonly healthcheck?: object;
  readonly environment?: Readonly<Record<string, string>>;
  readonly stop_grace_period?: string;
  readonly deploy?: { readonly resources: { readonly limits: Readonly<Record<string, unknown>> } };
}

const { services } = yaml('docker-compose.yml') as { services: Record<string, Service> };
const all = Object.entries(services);
const dockerfile = text('Dockerfile');

describe.each(all)('the service %s', (_, service) => {
  it('should be confined', () => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      deploy: {
        resources: {
          limits: { cpus: expect.anything(), memory: expect.anything(), pids: expect.anything() },
        },
      },
    });
    expect(service.privileged).toBeUndefined();
  });

  it('should be pinned by version, or built here', () => {
    expect(service.image).toMatch(/:(local|v?\d+\.\d+\.\d+)$/);
  });
});

it('should start what belongs to the stack, and the rest by profile alone', () => {
  const without = all.filter(([, { profiles }]) => profiles === undefined).map(([name]) => name);
  expect(without.sort()).toEqual(['alertmanager', 'gateway', 'grafana', 'prometheus', 'upstream']);
});

it('should publish ports to this machine alone by default, and none of the upstream or Valkey', () => {
  for (const [name, { ports = [] }] of all) {
    if (name === 'gateway')
      expect(ports).toEqual(['${GATEWAY_ADDRESS:-127.0.0.1}:${GATEWAY_PORT:-5000}:5000']);
    else if (['upstream', 'dummy-pdf-or-png', 'valkey'].includes(name)) expect(ports).toEqual([]);
    else for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  }
});

it('should hand on every setting of the gateway, and nothing else', () => {
  const settings = variables.filter((name) => name !== 'FLASK_PORT');
  expect(Object.keys(services['gateway']?.environment ?? {}).sort()).toEqual(
    [...settings, 'OTEL_EXPORTER_OTLP_ENDPOINT'].sort(),
  );
});

it('should wait for a stop as long as the gateway may take', () => {
  const { drainDelayMs, shutdownTimeoutMs } = parseSettings({ API_KEY: 'any' }).http;
  const seconds = Number(/^(\d+)s$/.exec(services['gateway']?.stop_grace_period ?? '')?.[1]);
  expect(seconds * 1000).toBeGreaterThan(drainDelayMs + shutdownTimeoutMs);
});

describe('the Dockerfile', () => {
  it('should pin its bases, and name no image for its own syntax', () => {
    const bases = [...dockerfile.matchAll(/^FROM (?:--platform=\S+ )?(\S+[/:]\S+)/gm)].map(
      ([, base]) => base,
    );
    expect(new Set(bases)).toEqual(
      new Set(['node:26.10.0-trixie-slim', 'gcr.io/distroless/nodejs26-debian13:nonroot']),
    );
    expect(dockerfile).not.toMatch(/^# *syntax/m);
  });

  it('should build on the Node that the packages pin', () => {
    const { devDependencies } = JSON.parse(text('package.json')) as {
      devDependencies: Record<string, string>;
    };
    expect(dockerfile).toContain(` node:${String(devDependencies['node'])}-trixie-slim AS packages`);
  });

  it('should run nothing for another platform than that of the machine, nor take machine code along', () => {
    const stages = dockerfile.split(/^(?=FROM )/m).slice(1);
    const emulated = stages.filter(
      (stage) => /^FROM (?!--platform=\$BUILDPLATFORM |packages )/.test(stage) && /^RUN /m.test(stage),
    );
    expect(emulated).toEqual([]);
    // The bundle is of JavaScript alone.
    expect(dockerfile).not.toContain('node_modules');
  });

  it('should end with the gateway, which is what is built by default', () => {
    expect([...dockerfile.matchAll(/ AS (\w+)$/gm)].at(-1)?.[1]).toBe('gateway');
  });

  it('should keep out everything that it does not copy', () => {
    const lines = text('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines[0]).toBe('*');
    expect(lines.some((line) => line.startsWith('!') && /\.env|node_modules|\.git|^!$/.test(line))).toBe(
      false,
    );
  });
});
