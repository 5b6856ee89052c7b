import { describe, expect, it } from '@jest/globals';
import { isMountPoint, mountPoints } from './mount-points.ts';

const MOUNTINFO = `
22 1 254:0 / / rw,relatime - ext4 /dev/root rw
23 22 0:21 / /proc rw,nosuid shared:5 - proc proc rw
98 22 254:0 /home/me/keys.json /keys.json ro,relatime - ext4 /dev/root rw
99 22 254:0 /home/me/my\\040keys /my\\040keys ro,relatime - ext4 /dev/root rw
`;

describe('mountPoints', () => {
  it('should be the decoded fifth field of each line', () => {
    const points = mountPoints(MOUNTINFO);
    expect(points.has('/keys.json')).toBe(true);
    expect(points.has('/my keys')).toBe(true);
    expect(points.has('/home/me/keys.json')).toBe(false);
  });
});

describe('isMountPoint', () => {
  it('should be false for an ordinary file, and for one that does not exist', async () => {
    expect(await isMountPoint(import.meta.filename)).toBe(false);
    expect(await isMountPoint('/no/such/file')).toBe(false);
  });

  it('should be true for a mount point', async () => {
    // Every Linux mounts /proc. On other systems the answer is always false.
    expect(await isMountPoint('/proc')).toBe(process.platform === 'linux');
  });
});
