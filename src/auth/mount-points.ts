import { readFile, realpath } from 'node:fs/promises';

/** Parses the mount points: the fifth field of each line, with some characters in octal (proc_pid_mountinfo(5)). */
export function mountPoints(mountinfo: string): ReadonlySet<string> {
  return new Set(
    mountinfo
      .split('\n')
      .map((line) => line.split(' ')[4] ?? '')
      .map((path) =>
        path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))),
      ),
  );
}

/**
 * Whether a file is a mount point, as with `docker run -v ./keys.json:/keys.json`. Such a mount never shows a file
 * that replaces the original on the host. False where /proc does not exist.
 */
export async function isMountPoint(path: string): Promise<boolean> {
  try {
    return mountPoints(await readFile('/proc/self/mountinfo', 'utf8')).has(await realpath(path));
  } catch {
    return false;
  }
}
