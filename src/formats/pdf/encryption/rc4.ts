/** RC4, which OpenSSL 3 no longer has. Encryption and decryption are the same. */
export function rc4(key: Uint8Array, data: Uint8Array): Uint8Array {
  const state = new Uint8Array(256);
  for (let i = 0; i < 256; i++) state[i] = i;
  for (let i = 0, j = 0; i < 256; i++) {
    const one = state[i] ?? 0;
    j = (j + one + (key[i % key.length] ?? 0)) & 0xff;
    state[i] = state[j] ?? 0;
    state[j] = one;
  }
  const out = new Uint8Array(data.length);
  for (let at = 0, i = 0, j = 0; at < data.length; at++) {
    i = (i + 1) & 0xff;
    const one = state[i] ?? 0;
    j = (j + one) & 0xff;
    const other = state[j] ?? 0;
    state[i] = other;
    state[j] = one;
    out[at] = (data[at] ?? 0) ^ (state[(one + other) & 0xff] ?? 0);
  }
  return out;
}
