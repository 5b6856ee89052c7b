import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const script = fileURLToPath(new URL('../../.ci/deploy-aws', import.meta.url));
const IMAGE = `123456789012.dkr.ecr.eu-west-1.amazonaws.com/gateway@sha256:${'a'.repeat(64)}`;
const BEFORE = 'arn:aws:ecs:eu-west-1:123456789012:task-definition/gateway:1';
const AFTER = 'arn:aws:ecs:eu-west-1:123456789012:task-definition/gateway:2';

/**
 * A stand-in for ECS that uses files. `running` has the task definition of the service. `rollout` has the states of
 * the rollout, one for each query; the last one repeats. `calls` records the changing commands.
 */
const AWS = `#!/usr/bin/env node
import { appendFileSync, copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
const [service, command] = process.argv.slice(2);
const option = (name) => process.argv[process.argv.indexOf('--' + name) + 1];
const changed = (text) => appendFileSync('calls', command + ' ' + text + '\\n');
switch (command) {
  case 'describe-services': {
    const running = readFileSync('running', 'utf8');
    const states = readFileSync('rollout', 'utf8').split(' ');
    if (states.length > 1) writeFileSync('rollout', states.slice(1).join(' '));
    // After a circuit breaker ECS runs what it ran before.
    const back = states[0] === 'GONE' && running === '${AFTER}';
    if (back) writeFileSync('running', '${BEFORE}');
    // What it tells may be old.
    const told = back || states[0] === 'OLD' ? '${BEFORE}' : running;
    const deployments = [{ taskDefinition: told, rolloutState: told === '${BEFORE}' ? 'COMPLETED' : states[0] }];
    const events = [{ createdAt: 'now', message: 'tasks failed to start' }];
    console.log(JSON.stringify({ services: [{ taskDefinition: deployments[0].taskDefinition, deployments, events }] }));
    break;
  }
  case 'describe-task-definition':
    console.log(readFileSync('definition.json', 'utf8'));
    break;
  case 'register-task-definition':
    copyFileSync(option('cli-input-json').replace('file://', ''), 'registered.json');
    console.log('${AFTER}');
    break;
  case 'update-service':
    writeFileSync('running', option('task-definition'));
    changed(option('task-definition'));
    break;
  case 'deregister-task-definition':
    changed(option('task-definition'));
    break;
  case 'put-parameter':
    changed(option('name') + ' ' + option('value'));
    break;
  default:
    throw new Error(service + ' ' + command);
}
`;
/** A stand-in for the gateway behind the load balancer. The file `answers` has its statuses. */
const CURL = `#!/bin/sh
for last; do :; done
grep -F "\${last#https://gateway.test} " answers | cut -d' ' -f2 | tr -d '\\n'
`;

let folder: string;

function deploy(): { status: number | null; calls: string[]; said: string } {
  const { status, stdout, stderr } = spawnSync(script, [IMAGE], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: `${folder}/bin:${process.env['PATH'] ?? ''}`,
      AWS_CLUSTER: 'gateway',
      AWS_SERVICE: 'gateway',
      AWS_TASK_FAMILY: 'gateway',
      AWS_IMAGE_PARAMETER: '/gateway/image',
      AWS_URL: 'https://gateway.test',
      PATIENCE: '2',
      PAUSE: '0.1',
    },
  });
  const calls = existsSync(`${folder}/calls`)
    ? readFileSync(`${folder}/calls`, 'utf8').trim().split('\n')
    : [];
  return { status, calls, said: stdout + stderr };
}

const file = (name: string, text: string): void => {
  writeFileSync(`${folder}/${name}`, text);
};

beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/deploy aws-`);
  mkdirSync(`${folder}/bin`);
  file('package.json', '{ "type": "module" }');
  for (const [name, text] of Object.entries({ aws: AWS, curl: CURL })) {
    file(`bin/${name}`, text);
    chmodSync(`${folder}/bin/${name}`, 0o755);
  }
  file('running', BEFORE);
  file('rollout', 'IN_PROGRESS IN_PROGRESS COMPLETED');
  file('answers', '/health 200\n/1 401\n/metrics 404\n');
  file(
    'definition.json',
    JSON.stringify({
      taskDefinition: {
        taskDefinitionArn: BEFORE,
        family: 'gateway',
        revision: 1,
        status: 'ACTIVE',
        cpu: '512',
        requiresAttributes: [],
        compatibilities: ['FARGATE'],
        registeredAt: 'then',
        registeredBy: 'somebody',
        containerDefinitions: [
          { name: 'gateway', image: 'old', environment: [{ name: 'LOG_LEVEL', value: 'debug' }] },
          { name: 'collector', image: 'collector' },
        ],
      },
      tags: [
        { key: 'environment', value: 'staging' },
        { key: 'aws:made-by', value: 'aws' },
      ],
    }),
  );
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('a deployment to AWS', () => {
  it('should update the service, and then store the running image', () => {
    expect(deploy()).toMatchObject({
      status: 0,
      calls: [`update-service ${AFTER}`, `put-parameter /gateway/image ${IMAGE}`],
    });
  });

  it('should change only the image of the gateway in the task', () => {
    deploy();
    expect(JSON.parse(readFileSync(`${folder}/registered.json`, 'utf8'))).toEqual({
      family: 'gateway',
      cpu: '512',
      containerDefinitions: [
        { name: 'gateway', image: IMAGE, environment: [{ name: 'LOG_LEVEL', value: 'debug' }] },
        { name: 'collector', image: 'collector' },
      ],
      tags: [{ key: 'environment', value: 'staging' }],
    });
  });

  it('should wait until ECS reports the rollout', () => {
    file('rollout', 'OLD OLD OLD IN_PROGRESS OLD COMPLETED');
    expect(deploy()).toMatchObject({
      status: 0,
      calls: [`update-service ${AFTER}`, `put-parameter /gateway/image ${IMAGE}`],
    });
  });

  it('should fail after a rollback of ECS, and deregister its task definition', () => {
    file('rollout', 'IN_PROGRESS IN_PROGRESS GONE');
    const { status, calls, said } = deploy();
    expect([status, calls]).toEqual([1, [`update-service ${AFTER}`, `deregister-task-definition ${AFTER}`]]);
    expect(said).toContain('tasks failed to start');
  });

  it('should roll back after the timeout', () => {
    file('rollout', 'IN_PROGRESS');
    const { status, calls } = deploy();
    expect([status, calls]).toEqual([
      1,
      [`update-service ${AFTER}`, `update-service ${BEFORE}`, `deregister-task-definition ${AFTER}`],
    ]);
  });

  it.each([
    '/health 503\n/1 401\n/metrics 404\n',
    '/health 200\n/1 200\n/metrics 404\n',
    '/health 200\n/1 401\n/metrics 200\n',
  ])('should roll back when the address answers %j', (answers) => {
    file('answers', answers);
    const { status, calls, said } = deploy();
    expect([status, calls]).toEqual([
      1,
      [`update-service ${AFTER}`, `update-service ${BEFORE}`, `deregister-task-definition ${AFTER}`],
    ]);
    expect(said).toContain(`Back to ${BEFORE}`);
  });
});
