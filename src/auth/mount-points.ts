import { readFile, realpath } from 'node:fs/promises';

/** The fifth field of each line is a mount point (proc_pid_mountinfo(5)), with some characters written in octal. */
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
 * Whether this file is a mount of its own, as `docker run -v ./keys.json:/keys.json` makes it. Such a mount keeps the file
 * that was there at the start: a file that replaces it on the host is never seen. False where the system does not tell.
 */
export async function isMountPoint(path: string): Promise<boolean> {
  try {
    return mountPoints(await readFile('/proc/self/mountinfo', 'utf8')).has(await realpath(path));
  } catch {
    return false;
  }
}
