import { describe, expect, it } from '@jest/globals';
import type { Content } from '../content.ts';
import { Work } from '../work.ts';
import { checkJpx } from './jpx.ts';

/**
 * Codestreams of small images that were drawn for this test, in base64, as opj_compress of OpenJPEG 2.5 wrote them. The
 * encoder of the other tests shares its tables with the decoder, so it would share a mistake in them.
 */
const IMAGES: readonly (readonly [what: string, base64: string])[] = [
  [
    'packets in the order RPCL, precincts of 16 by 16, five layers, SOP and EPH',
    `
/0//UQApAAAAAAAsAAAAJAAAAAAAAAAAAAAALAAAACQAAAAAAAAAAAABBwEB/1IADgcCAAUAAQICAAFERP9cAAdAQEhIUP+Q
AAoAAAAABmcAAf+T/5EABAAAgP+S/5EABAABgP+S/5EABAACgP+S/5EABAAD3y14/5J6Dup7RYGwojv+v6lYtXZd14s4eKmZ
lwh10WwTyb21RH92GwpMxGBBt0OZMIw2LaaaXbKYFp52T/Kq7cgPd1VFWqXBKc4Etb5iqlZfqRORH1N2rUqILnioC+oAKKq4
/5EABAAE/LQQ/5K+8Iw9stTzVQ6dGs2qYa6jx9I8QgJqUqmpIElM8oivJ1VoN+vDuA/fYwd6wW3nRXb2G15nZvfP3IfPJN6e
59FfKYclc6bZup3o4VoPCKHODEpxtqp2V6/yv9iuklk10/waPaoFNMKpIGA6Ne16yeww3zIiSfIqeyL5RsFBD0SRh/Af/5EA
BAAFgP+S/5EABAAGgP+S/5EABAAHgP+S/5EABAAIz4KI/5IYEmY3R2mjZTxVwzyR4U21dp24anzU5bv3Rjj0J1T87vVy/5EA
BAAJ/OZg/5L92BvPrqRDNqx8REDSExv8ipjQ37F2pIux1KVtnVHZSUs3ju69wMOfWfBiKZwKwGi1uyT/kQAEAAqA/5L/kQAE
AAuA/5L/kQAEAAyA/5L/kQAEAA3PiHD/khf8rOYFhNhU2/pVv8cZ/5EABAAO/KQA/5KlsOzC35ZPxeHzMRS2faMe/5EABAAP
gP+S/5EABAAQgP+S/5EABAARgP+S/5EABAASz4g4/5ITvAr7Jz0H/5EABAAT/KFA/5JW/1Hbt/+RAAQAFID/kv+RAAQAFYD/
kv+RAAQAFoD/kv+RAAQAF8dEjhj/kkeG+VYpOQvt6KL/kQAEABj9JP6heD6g4P+Sj7FFQrSPRqwAE/OUpNfnnllbv1BCUima
3EKw1ZAYnxUhS51ZWCIq1oXrH7IQqO5Ap2TsVBV/9Q7/kQAEABmA/5L/kQAEABqA/5L/kQAEABuA/5L/kQAEABzBHDhw/5JZ
yC0D6qGimW9i/5EABAAd/Mf+c/A+dCD/khuhankbwsK4sBlMLBs+dz8ripjpKx0/oWgCEd0npgP/JaFVeXVkiS6hw0EpIapx
un+kM2ykZJVnh2uvsMBvMLVeNfJ6wMu2H7bzbRHsbe3T18Dk/wmCYRAvIjowxGbN/5EABAAegP+S/5EABAAfgP+S/5EABAAg
gP+S/5EABAAhgP+S/5EABAAiwfOhgfIggfOk/5IqrktNOHjIg1gt2d6355PBa3TJK4Yh42YFTYAmNqy2dD8TpZJkvEYWmJMz
rjzE5AWO69CqpGOSY+yZoluW9cPafwa8XiAA/K51tIsmgi5nb7toQT4g14GZZIcOhRJZwidRqAYWd/+RAAQAI4D/kv+RAAQA
JID/kv+RAAQAJYD/kv+RAAQAJoD/kv+RAAQAJ8A6dAOoQAqg/5IbpuHJ4fr3ehnzVX8wBxP/B+PxWD4T9EjAJ1KHN38ExSsp
ZIhNzNa5/5EABAAogP+S/5EABAApgP+S/5EABAAqgP+S/5EABAArx0WOiQcI/5JZyEubEmFR6MgwScgV/5EABAAs/Sg+k785
0P+SZYgbILs6v6QAsQzmjXyb52eS0ZhuFzeZZcttUN/o5h+gAkR8dsQYa5nmHyfPq2ZfoATx0J+jJz7mbKeB3QsugQ4vczl+
egbhi/B7yrMi978FI0WLRMEq5fg//5EABAAtgP+S/5EABAAugP+S/5EABAAvgP+S/5EABAAwx0WHCP+SL1u2TcYMsJC0/5EA
BAAx/Sh+c/B9RMD/kp06oqmIc2TVgzWHArzxgqkLlLF8DxAzm/ejXdHqiDgRJ0tjH9tD/tvuYJWflYa/svWgvkrqP6U2pAIS
fCb+Lz8yTitzUPq2+4K/VC5yxF5i5OWkqVHY+AFjxKnb6B69Jvj+4uVshv+RAAQAMoD/kv+RAAQAM4D/kv+RAAQANID/kv+R
AAQANYD/kv+RAAQANsARwPkEQAjA/5ILJEELQ+aP1MizPwM3+v+RAAQAN4D/kv+RAAQAOID/kv+RAAQAOYD/kv+RAAQAOoD/
kv+RAAQAO8D5A8HzioHzif+SGveMo+H60SkH5ee1yq8b8kwaDEEl4KMlDJ//kQAEADyA/5L/kQAEAD2A/5L/kQAEAD6A/5L/
kQAEAD+A/5L/kQAEAEDB84mD5xUD5xL/kh9kCBG30jQSvxhFF4KjhxF14GchnPikug7cLx//2Q==
`,
  ],
  [
    'packets in the order CPRL, and all options of code-blocks',
    `
/0//UQAvAAAAAAAsAAAAJAAAAAAAAAAAAAAALAAAACQAAAAAAAAAAAADBwEBBwEBBwEB/1IADwEEAAEAAgEBPwEzRET/XAAK
QEBISFBISFD/kAAKAAAAAAHmAAH/k8+CpkJGGA851f49+PE3EceyYbFDMS58lgfkHkGXp/U1J5ZQ9/nHSJccRkBg5HoAGHFO
G6cXJpyPWTTHTJMcVEBHheh8ALgpOQvo5VSlWKEoA+qhomzPiVItEhgQULRLyRAbjHCskV7mZ7a3xHEQIrCGJOOAgMdMlREA
Wchzg0AyFmEcxjIAL1wqtM+AiUSAFq+/AArbVhigiAKOgIDGIgqy16GIgAFyrIDfKdP0VxQk2152A1chdgATpNSBzIXpM7ZV
SroJt7BKmgRzt978RqqS14XbieS296/GMxxGQB+6tHogyBiinIwxNMYzHFRAURcWfC433IDBmcdYo8aLQDybCJYIAANZ45wA
z4maKaQGDFzWm86lc2pIgcHIccZzmQGu9a3PgMkkwxGEQCNciNA065FWJONyJOOAgIDHERiQA/do988oRxX8B6HPgIlkgBiV
rAAC0u8rrqCIAo6AgMRABWahEAIpgM+J6Z4UHYvG2MwDfI3sSNaVgAZHWCO+xqUJvo0AipD0D05spMIoZGBg5BunFyacj1mh
lQApOQvo5VSlgMfAkKaABk88LHKgcaNACrRL8E1sOsIwIrCGgIDCMFnIc4DHSJQUY6zGBt+AgIDEQAcngID/2Q==
`,
  ],
  [
    'segmentation symbols, without loss',
    `
/0//UQApAAAAAAAsAAAAJAAAAAAAAAAAAAAALAAAACQAAAAAAAAAAAABBwEB/1IADAAAAAEAAgICIAH/XAAKQEBISFBISFD/
kAAKAAAAAAPLAAH/k8+1nBgPOdYBGio0HaNAmaVlaYwXSNV+cT/p228R5vSKZRTCK6MXalUr8yy5fLz42YAk4Mt/Cbcj5KPQ
gxiCVyNQD3x+SFeHLbIjW5Rr1L9SAH7J0rgTKR/sEPTzPhwfI4apViDH2Pzxxn/H2oMfaoQfUdBwO9bawVOZuLdwAIkE67CU
hdze59f1XKbFOMiiH1qU51jO4H9B5MLsUXE6z4U/i49k5NlXugzqG9AYJ03lHk0mtxunJ8c8/1+H+WlRUfH7cU/wnazEIxBv
AnMyEHki9bASiQhqPQ9f8UzCWctGqWX82EtGlm7oEFdoBJMxzjgnusSjFSNDCOfSGA+rBvGB+tCzbmW24Numld8PRh0C6udo
pQea4F1LmtQUXSGKoxEC0NEb/RzaQozHE/qwE5+n+2scEew9oVJCfyRjLuP2tP7UiPkGz5xeP2uN9SJPnJT5xuD9S3+pMvnH
3zjAcJF9R+1pWHubfQbYGTKeagVsTd1J0SSxZHQbBIqM1LmErbThHL0BW8B6khdj4D52Gi4WEk4oQUTu09nknkq83n3HY/zr
3JuqT0P+S14EZvq1vIKmXTTxYWU4JUF2oSI9fyFx4zoEx0KdbOg6Bqug84kjbs7KYoQs+0pUuTvmOSWEVcZi9jBaNX/9r2Tz
dy6XnGRpNrZFeXnGobdYe8mQGwhHzF2VrTqstnRE8RDwAxw/PQeRPYit3A1ix+rhfx846j6kkzR6tFgwKUNlZ/TL0kb8Ffve
XXEiQbZdDwWaRwVr4HOwCdpw+3SQ263su2e6ROBSaRnkWfAecrMUc6miQTRPFO8Ls4FLOY490QijOhobQP7uNKD2FV4aV2Qr
3QOVfA8HrK28jcT36G+Fm93AlPL09fJDsHa1KL9OZwW0xhmrLuHivHAT0SFkMP9EXQzpOqMyohHglbqkDFUVdcC3BNjA/jwf
dHIeIFnb+6ihYswa0Sk+1uuHtIAynTLZX0qa/1aEhOarhUGkjsWMBT+mPxhEPPNXSWXyzaDEan8fu6TEisMfC4k+mv8OBCIs
J653H7RLCMyP1Qhyl5oxILfHHgWqw7Py2rX1cPYxhEhUyQNU/c2Q7Y358tNuXxTp6C5okN2yKMeWk+InuYIttjF0kfnYc+ZM
W4E/b9sfcwO+VRfG24N6FxgDpXHbIArNzFw5Ef8VKMlbkFxPzCRmuxj4XKK1+WAOvxyZnvFWkpENlBcmc40jpObpRaE6YEQa
lXuLz9kNHzwajZqVG0VB9fBVwbzx3yEiZgMll1X6x70Zy//Z
`,
  ],
  [
    'packets in the order PCRL, tiles and a part of the reference grid, with loss',
    `
/0//UQAvAAAAAAAvAAAAKQAAAAMAAAAFAAAAGAAAABgAAAABAAAAAgADBwEBBwEBBwEB/1IADgEDAAIBAQEAAAAzRP9cAAtC
SCRX01fTV2L/kAAKAAAAAACYAAH/k+cPigMV7idB58Zsw+FAeASiodmtgICA44YGCfqAgIDRiCThgIDTGADH5fwfCAOyK/mC
vGGAgIDjwYAIazaAgICAgIDnF4YjzPEzIALR4+HC1Ce/b4CAgOPDcMAGUHnKOeQGCfqAgIDjGCFS0oCA5xgQzE9ldG++DAOy
K4CAgNHgwAhrMYCAgICAgP+QAAoAAQAAAJkAAf+T0xAGMLoY/zW2gICAgICAgICAgOfB8cARSyoGR0GvsyNJvgGAjKrhyEp7
gICA4+D+JBRvNTYpXvsB7KYAJoCAgICAgOYwENwe+DBk0yGAgICAgICAgICA5l+DENsR5x4RTgL0YLErEf2x9oCAgOPifhA0
GF9dysaaqewWjHXggICA48KAFq0UjMKAgP+QAAoAAgAAAGgAAf+Tzowcde4d4jbC/ICAgMcMBqvfvkctgICAgICAgMcMAYGO
pIq0gICAgICAgICAgIDlwn4BACQBG9MRPpNBgICAgICAgICAgIDnhKImbDNiAaaAgICAgICAgICA/5AACgADAAAAZgAB/5OA
zwgOO9/SgICAgICAgICAgIDOHBVDxCTaT2uAgICAgICAzgwPLkOAgOcQER31EYCAgICAgICAgICAgOekehgMuNWKyj0nLxNm
JoCAgICAgIDmMBe9bICA/9k=
`,
  ],
  [
    'more than 36 passes in a code-block',
    `
/0//UQApAAAAAAAQAAAADAAAAAAAAAAAAAAAEAAAAAwAAAAAAAAAAAABDwEB/1IADAAAAAEAAAQEAAH/XAAEQID/kAAKAAAA
AAGnAAH/k8/8NZULbX4OBUUH5aFwjmA1vRwyyKInOsl2/lBfF0XVO0yuNbxz4d9QfTSM35eNpheGfWQzsewijoOKeqaDO4mk
z5x9r8YekBxce2JKLoygrak6l/W7WggDcuzbSFdP8kOn7gqvLanQOqXfCsun9bQc/3F/SEUVlMte0gvEwlsF44nTrkQssAxJ
rpW72nL+pbY3IXGGzHEmaYcI1LIi83HW8TJe9PdvN70o1TAQcW6xcPX3f5sy95zzDZ9ApCJdajehB55uEkT+41pfKiHu2qyZ
1UPZnqTuMOul1YeEesV+Bd8ZXGQc+WT5nmoeiSKghvTT86nceMmw4RaTjMOGkGxlriqUb7UZnGlqxfzHIma3zx3cBk3eA5fq
PXjUC4fd3SQjOGm6s8AIJY1gWkw/kCFe3PDeQ5yUGipEdZoZpXCKHmLpkPGILOrG66Iwe10p51+kxdCQdXihqJ82Fvsxu2bA
rLBRQgH2I3bwaaj2Y7mYMbf2ZWopQwbIp09lv4hrI/TzpRSvqQJbKmZfZUWIR1OSD0ZSUJ3wmV//2Q==
`,
  ],
];

const check = (bytes: Uint8Array): Content => checkJpx(bytes, new Work(10_000_000));

describe.each(IMAGES)('an image that OpenJPEG wrote, with %s', (_, base64) => {
  const bytes = Buffer.from(base64, 'base64');

  it('should be whole', () => {
    expect(check(bytes)).toEqual({ kind: 'whole' });
  });

  it('should be damaged when it is cut short anywhere', () => {
    for (let length = 0; length < bytes.length - 2; length += 7)
      expect(check(bytes.subarray(0, length)).kind).toBe('damaged');
  });
});

it('should find most flipped bits by the segmentation symbols', () => {
  const bytes = Buffer.from(IMAGES.find(([what]) => what.startsWith('segmentation'))?.[1] ?? '', 'base64');
  let found = 0;
  for (let at = 100; at < bytes.length - 2; at++) {
    const copy = Buffer.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ 0x10;
    if (check(copy).kind === 'damaged') found++;
  }
  // Without the symbols, it is a third.
  expect(found).toBeGreaterThan(0.7 * bytes.length);
});
