/**
 * Test vectors of Fernet: those of the specification, and three of our own. The only vector for making a token that the
 * specification has uses the IV 0, 1, … 15, which a program that takes the index for the value gets right by chance.
 * @see https://github.com/fernet/spec
 */

/** A token and all that went into it. */
export interface GenerateVector {
  readonly name: string
  readonly key: string
  /** In seconds since 1970. */
  readonly now: number
  readonly iv: Uint8Array
  readonly message: Uint8Array
  readonly token: string
}

/** A token that must be refused. */
export interface InvalidVector {
  readonly name: string
  /** In seconds since 1970. */
  readonly now: number
  readonly token: string
}

const KEY = 'cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4='
const OUR_KEY = 'yMnKy8zNzs_Q0dLT1NXW19jZ2tvc3d7f4OHi4-Tl5uc='
/** 1985-10-26T01:20:00-07:00 */
const TIME = 499_162_800

/** generate.json and verify.json: the token is the same, and is opened a second later with a ttl of 60. */
export const official: GenerateVector = {
  name: 'the token of the specification',
  key: KEY,
  now: TIME,
  iv: bytes('000102030405060708090a0b0c0d0e0f'),
  message: bytes('68656c6c6f'),
  token: 'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==',
}

export const generate: readonly GenerateVector[] = [
  official,
  {
    name: 'a token whose IV is not 0, 1, … 15',
    key: OUR_KEY,
    now: 1_700_000_000,
    iv: bytes('9f3c5a71e80d42b6c1774e20aa935bd8'),
    message: bytes('ec9588eb85952c2055445021'),
    token: 'gAAAAABlU_EAnzxacegNQrbBd04gqpNb2Bf0v7SDd70PGgFL0UKDrkMcbrwoEbyFzRiELo9b08NtYu53T1Xf1FhxCwUV4fSsvQ==',
  },
  {
    name: 'a token of an empty message, made in 1970',
    key: OUR_KEY,
    now: 0,
    iv: bytes('00ff10ef20df30cf40bf50af60df7fcf'),
    message: bytes(''),
    token: 'gAAAAAAAAAAAAP8Q7yDfMM9Av1CvYN9_z7jhJcDvS8sqM2bkZMh6JnsylAcZrJdAiUj1HKrJ0B64qWjsu0YYhYnQHrdaNF-bRA==',
  },
  {
    name: 'a token of one full block, made in 2100',
    key: OUR_KEY,
    now: 4_102_444_800,
    iv: bytes('ffffffffffffffffffffffffffffffff'),
    message: bytes('30313233343536373839616263646566'),
    token:
      'gAAAAAD0hlcA_____________________0jJuYBtyivU55q8aFw0KlfCu0JSPha_dj2OPPmHakRovklABVBYg0r-m7ItmJIBF9WRBsfTZ3AGOY7BQ3V8OrM=',
  },
]

/** invalid.json: to be opened with `invalidKey` and a ttl of 60. */
export const invalid: readonly InvalidVector[] = [
  {
    name: 'incorrect MAC',
    now: TIME + 1,
    token: 'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==',
  },
  {
    name: 'too short',
    now: TIME + 1,
    token: 'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA==',
  },
  {
    name: 'invalid base64',
    now: TIME + 1,
    token: '%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==',
  },
  {
    name: 'not whole blocks',
    now: TIME + 1,
    token: 'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm',
  },
  {
    name: 'wrong padding',
    now: TIME + 1,
    token: 'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==',
  },
  {
    name: 'made in the far future',
    now: TIME + 1,
    token: 'gAAAAAAdwStRAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAnja1xKYyhd-Y6mSkTOyTGJmw2Xc2a6kBd-iX9b_qXQcw==',
  },
  {
    name: 'too old',
    now: TIME + 91,
    token: 'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==',
  },
  {
    name: 'incorrect IV',
    now: TIME + 1,
    token: 'gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ==',
  },
]

export const invalidKey = KEY

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'))
}
