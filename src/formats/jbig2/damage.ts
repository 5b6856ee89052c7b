/** The data of a segment cannot be what an encoder wrote. */
export class Jbig2Damage extends Error {}
