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
  it('should run with limited rights and resources', () => {
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

  it('should have an exact version, or be built here', () => {
    expect(service.image).toMatch(/:(local|v?\d+\.\d+\.\d+)$/);
  });
});

it('should start the stack by default, and the other services only by profile', () => {
  const without = all.filter(([, { profiles }]) => profiles === undefined).map(([name]) => name);
  expect(without.sort()).toEqual(['alertmanager', 'gateway', 'grafana', 'prometheus', 'upstream']);
});

it('should publish ports only to this machine by default, and none of the upstream or Valkey', () => {
  for (const [name, { ports = [] }] of all) {
    if (name === 'gateway')
      expect(ports).toEqual(['${GATEWAY_ADDRESS:-127.0.0.1}:${GATEWAY_PORT:-5000}:5000']);
    else if (['upstream', 'dummy-pdf-or-png', 'valkey'].includes(name)) expect(ports).toEqual([]);
    else for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  }
});

it('should pass on every setting of the gateway, and nothing else', () => {
  const settings = variables.filter((name) => name !== 'FLASK_PORT');
  expect(Object.keys(services['gateway']?.environment ?? {}).sort()).toEqual(
    [...settings, 'OTEL_EXPORTER_OTLP_ENDPOINT'].sort(),
  );
});

it('should wait at least as long as a graceful stop may take', () => {
  const { drainDelayMs, shutdownTimeoutMs } = parseSettings({ API_KEY: 'any' }).http;
  const seconds = Number(/^(\d+)s$/.exec(services['gateway']?.stop_grace_period ?? '')?.[1]);
  expect(seconds * 1000).toBeGreaterThan(drainDelayMs + shutdownTimeoutMs);
});

describe('the Dockerfile', () => {
  it('should pin its base images, and use no syntax image', () => {
    const bases = [...dockerfile.matchAll(/^FROM (?:--platform=\S+ )?(\S+[/:]\S+)/gm)].map(
      ([, base]) => base,
    );
    expect(new Set(bases)).toEqual(
      new Set(['node:26.10.0-trixie-slim', 'gcr.io/distroless/nodejs26-debian13:nonroot']),
    );
    expect(dockerfile).not.toMatch(/^# *syntax/m);
  });

  it('should build on the Node version of package.json', () => {
    const { devDependencies } = JSON.parse(text('package.json')) as {
      devDependencies: Record<string, string>;
    };
    expect(dockerfile).toContain(` node:${String(devDependencies['node'])}-trixie-slim AS packages`);
  });

  it('should run build steps only for the platform of the machine, and copy no machine code', () => {
    const stages = dockerfile.split(/^(?=FROM )/m).slice(1);
    const emulated = stages.filter(
      (stage) => /^FROM (?!--platform=\$BUILDPLATFORM |packages )/.test(stage) && /^RUN /m.test(stage),
    );
    expect(emulated).toEqual([]);
    // The bundle has only JavaScript.
    expect(dockerfile).not.toContain('node_modules');
  });

  it('should end with the gateway, which is the default target', () => {
    expect([...dockerfile.matchAll(/ AS (\w+)$/gm)].at(-1)?.[1]).toBe('gateway');
  });

  it('should exclude everything that it does not copy', () => {
    const lines = text('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines[0]).toBe('*');
    expect(lines.some((line) => line.startsWith('!') && /\.env|node_modules|\.git|^!$/.test(line))).toBe(
      false,
    );
  });
});
