import type { Mistake } from './mistake.ts'

const MAC_CHECK = '  if (!crypto.timingSafeEqual(mac, macOf(key, signed))) throw invalidToken()\n'
const VERSION_CHECK = '  if (signed[0] !== VERSION) throw invalidToken()\n'
const LENIENT = ['toBase64url(bytes) === text ? bytes : undefined', 'bytes'] as const
const RECEIVER_TOKEN = "const token = bytes.toString('latin1')"

const tokens: readonly Mistake[] = [
  {
    name: 'leaves-the-padding-out-of-keys',
    check: '3.1',
    actual: '43 characters, 0 of them padding',
    edits: [['return toBase64url(crypto.randomBytes(32))', "return crypto.randomBytes(32).toString('base64url')"]],
  },
  {
    name: 'makes-standard-base64-keys',
    check: '3.1',
    actual: /^44 characters, 1 of them padding, with "[+/]{1,2}"$/,
    // Eight keys without + and / among 8 × 43 characters come once in 50,000 times; this one always has them.
    edits: [['return toBase64url(crypto.randomBytes(32))', "return crypto.randomBytes(32).fill(0xfb, 0, 3).toString('base64')"]],
  },
  {
    name: 'makes-keys-of-16-bytes',
    check: '3.1',
    actual: '16 bytes',
    edits: [['crypto.randomBytes(32)', 'crypto.randomBytes(16)']],
  },
  {
    name: 'makes-keys-from-the-clock',
    check: '3.1',
    actual: /^\d+ of 32 bytes never change$/,
    edits: [['crypto.randomBytes(32)', 'Buffer.from(String(Date.now()).padEnd(32))']],
  },
  {
    name: 'makes-keys-of-hexadecimal-digits',
    check: '3.1',
    actual: 'only 16 of the 256 values that a byte can have',
    edits: [['toBase64url(crypto.randomBytes(32))', "toBase64url(Buffer.from(crypto.randomBytes(16).toString('hex')))"]],
  },
  {
    name: 'signs-and-encrypts-with-one-key',
    check: '3.1',
    actual: '16 different halves',
    edits: [
      [
        'return toBase64url(crypto.randomBytes(32))',
        'const half = crypto.randomBytes(16)\n  return toBase64url(Buffer.concat([half, half]))',
      ],
    ],
  },
  {
    name: 'sends-no-mac',
    check: '3.2',
    actual: '41 bytes',
    edits: [['Buffer.concat([signed, macOf(key, signed)])', 'signed']],
  },
  {
    name: 'computes-the-mac-over-the-text-form',
    check: '3.2',
    actual: /^32 bytes; from 0: .* \(first difference at 0\)$/,
    edits: [
      ['macOf(key, signed)])', 'macOf(key, Buffer.from(toBase64url(signed)))])'],
      ['(mac, macOf(key, signed))', '(mac, macOf(key, Buffer.from(toBase64url(signed as Buffer))))'],
    ],
  },
  {
    name: 'leaves-version-and-time-out-of-the-mac',
    check: '3.2',
    actual: /^32 bytes; from 0: .* \(first difference at 0\)$/,
    edits: [
      [
        "createHmac('sha256', signingHalf(key)).update(signed)",
        "createHmac('sha256', signingHalf(key)).update(signed.subarray(IV_AT))",
      ],
    ],
  },
  {
    name: 'takes-a-checksum-for-a-mac',
    check: '3.2',
    actual: /^32 bytes; from 0: .* \(first difference at 0\)$/,
    edits: [["createHmac('sha256', signingHalf(key))", "createHash('sha256')"]],
  },
  {
    name: 'swaps-the-halves-of-the-key',
    check: '3.2',
    actual: /^16 bytes; from 0: .* \(first difference at 0\)$/,
    edits: [
      ["'base64url').subarray(0, 16)", "'base64url').subarray(16)"],
      ["'base64url').subarray(16)\n}\n\n/** Base64url", "'base64url').subarray(0, 16)\n}\n\n/** Base64url"],
    ],
  },
  {
    name: 'takes-iv-indices-for-values',
    check: '3.2',
    actual: /^16 bytes; from 0: <00 01 02 03 04 05 06 07> "\.{8}" \(first difference at 0\)$/,
    edits: [['Buffer.concat([header, iv, cipher', 'Buffer.concat([header, iv.map((_byte, index) => index), cipher']],
  },
  {
    name: 'writes-the-time-little-endian',
    check: '3.2',
    actual: /^8 bytes; from 0: <b0 9e c0 1d/,
    edits: [['header.writeBigUInt64BE(BigInt(now)', 'header.writeBigUInt64LE(BigInt(now)']],
  },
  {
    name: 'writes-the-time-in-32-bits',
    check: '3.2',
    actual: /ERR_OUT_OF_RANGE/,
    edits: [['header.writeBigUInt64BE(BigInt(now), TIME_AT)', 'header.writeUInt32BE(now, TIME_AT + 4)']],
  },
  {
    name: 'leaves-the-padding-out-of-tokens',
    check: '3.2',
    actual: '98 characters, 0 of them padding',
    edits: [['macOf(key, signed)]))', "macOf(key, signed)])).replaceAll('=', '')"]],
  },
  {
    name: 'uses-one-iv-for-all',
    check: '3.3',
    actual: '16 of 16 bytes never change',
    edits: [['iv = crypto.randomBytes(16)', 'iv = Buffer.alloc(16, 7)']],
  },
  {
    name: 'counts-ivs-up',
    check: '3.3',
    actual: '15 of 16 bytes never change',
    edits: [
      ['iv = crypto.randomBytes(16)', 'iv = Buffer.alloc(16).fill(sealed++, 15)'],
      ['const VERSION = 0x80', 'let sealed = 0\nconst VERSION = 0x80'],
    ],
  },
  {
    name: 'makes-ivs-of-hexadecimal-digits',
    check: '3.3',
    actual: 'only 16 of the 256 values that a byte can have',
    edits: [['iv = crypto.randomBytes(16)', "iv = Buffer.from(crypto.randomBytes(8).toString('hex'))"]],
  },
  {
    name: 'makes-ivs-from-key-and-clock',
    check: '3.3',
    actual: /^\d+ different IVs$/,
    edits: [['iv = crypto.randomBytes(16)', "iv = crypto.createHash('md5').update(`${key} ${Date.now()}`).digest()"]],
  },
  {
    name: 'seals-a-message-once',
    check: '3.3',
    actual: '17 different IVs',
    edits: [
      ['const VERSION = 0x80', 'const sealed = new Map<string, string>()\nconst VERSION = 0x80'],
      [
        '  const { now = unixTime(), iv',
        "  const id = key + Buffer.from(message).toString('hex')\n  const known = sealed.get(id)\n  if (options.now === undefined && known !== undefined) return known\n  const { now = unixTime(), iv",
      ],
      [
        '  return toBase64url(Buffer.concat([signed, macOf(key, signed)]))',
        '  const token = toBase64url(Buffer.concat([signed, macOf(key, signed)]))\n  if (options.now === undefined) sealed.set(id, token)\n  return token',
      ],
    ],
  },
  {
    name: 'takes-the-last-block-for-the-next-iv',
    check: '3.3',
    actual: 'the last block of the token before',
    edits: [
      ['const VERSION = 0x80', 'let lastBlock: Uint8Array = crypto.randomBytes(16)\nconst VERSION = 0x80'],
      ['iv = crypto.randomBytes(16)', 'iv = lastBlock'],
      [
        '  return toBase64url(Buffer.concat([signed,',
        '  lastBlock = signed.subarray(-16)\n  return toBase64url(Buffer.concat([signed,',
      ],
    ],
  },
  {
    name: 'counts-milliseconds',
    check: '3.4',
    actual: /^\d{13} seconds since 1970$/,
    edits: [['return Math.floor(Date.now() / 1000)', 'return Date.now()']],
  },
  {
    name: 'opens-short-tokens-only',
    check: '3.5',
    actual: '"INVALID_TOKEN"',
    edits: [['bytes.length < SHORTEST_TOKEN_BYTES', '(bytes.length < SHORTEST_TOKEN_BYTES || bytes.length > 4096)']],
  },
  {
    name: 'looks-at-the-time-without-a-ttl',
    check: '3.5',
    actual: '"INVALID_TOKEN"',
    edits: [
      [
        'if (ttl !== undefined && !isTimely(Number(signed.readBigUInt64BE(TIME_AT)), now, ttl))',
        'if (!isTimely(Number(signed.readBigUInt64BE(TIME_AT)), now, ttl ?? 60))',
      ],
    ],
  },
  {
    name: 'tells-wrong-padding-apart',
    check: '3.6',
    actual: 'wrong padding: ERR_OSSL_BAD_DECRYPT',
    edits: [['throw invalidToken(cause) // not', 'throw cause // not']],
  },
  {
    name: 'tells-old-tokens-apart',
    check: '3.6',
    actual: 'made in the far future: TOO_OLD',
    edits: [
      [
        'TIME_AT)), now, ttl)) throw invalidToken()',
        "TIME_AT)), now, ttl)) throw Object.assign(new Error('too old'), { code: 'TOO_OLD' })",
      ],
    ],
  },
  {
    name: 'refuses-without-a-code',
    check: '3.6',
    actual: 'incorrect MAC: an error without a code: The token is not valid.',
    edits: [["{ code: 'INVALID_TOKEN' }", '{}']],
  },
  {
    name: 'compares-macs-of-unequal-lengths',
    check: '3.6',
    actual: 'empty: ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH',
    edits: [['bytes.length < SHORTEST_TOKEN_BYTES', '(bytes.length > 0 && bytes.length < SHORTEST_TOKEN_BYTES)']],
  },
  {
    name: 'does-not-look-at-the-length',
    check: '3.6',
    actual: 'half an IV: ERR_CRYPTO_INVALID_IV',
    edits: [['bytes.length < SHORTEST_TOKEN_BYTES', 'bytes.length < MAC_BYTES']],
  },
  {
    name: 'tells-cut-blocks-apart',
    check: '3.6',
    actual: 'a block and a half: ERR_CUT',
    edits: [
      [
        '  const decipher',
        "  if (signed.length % 16 !== 9) throw Object.assign(new Error('cut'), { code: 'ERR_CUT' })\n  const decipher",
      ],
    ],
  },
  {
    name: 'takes-any-version',
    check: '3.6',
    actual: /^version 0x81: opened "\w+"$/,
    edits: [[VERSION_CHECK, '']],
  },
  {
    name: 'checks-no-mac',
    check: '3.7',
    actual: /^byte 1 of the time changed: opened "\w+"$/,
    edits: [[MAC_CHECK, '']],
  },
  {
    name: 'compares-half-the-mac',
    check: '3.7',
    actual: /^byte 57 of the MAC changed: opened "\w+"$/,
    edits: [
      ['timingSafeEqual(mac, macOf(key, signed))', 'timingSafeEqual(mac.subarray(0, 16), macOf(key, signed).subarray(0, 16))'],
    ],
  },
  {
    name: 'decrypts-first',
    check: '3.7',
    actual: /^byte \d+ of the \w+ changed: ERR_OSSL_BAD_DECRYPT$/,
    edits: [
      [MAC_CHECK, ''],
      ['    return Buffer.concat([decipher', '    const message = Buffer.concat([decipher'],
      [
        'decipher.final()])\n  } catch (cause) {\n    throw invalidToken(cause)',
        `decipher.final()])\n  ${MAC_CHECK}    return message\n  } catch (cause) {\n    throw cause`,
      ],
    ],
  },
  {
    name: 'adds-differences-up-to-nothing',
    check: '3.7',
    // Of other changes it takes one in 256 by chance.
    actual: /^(the same bit of two bytes of the MAC|byte \d+ of the \w+) changed: opened "\w+"$/,
    edits: [
      [
        '!crypto.timingSafeEqual(mac, macOf(key, signed))',
        'macOf(key, signed).reduce((sum, byte, at) => sum ^ byte ^ (mac[at] ?? 0), 0) !== 0',
      ],
    ],
  },
  {
    name: 'compares-macs-as-ascii',
    check: '3.7',
    actual: /^byte \d+ of the MAC changed: opened "\w+"$/,
    edits: [
      ['!crypto.timingSafeEqual(mac, macOf(key, signed))', "mac.toString('ascii') !== macOf(key, signed).toString('ascii')"],
    ],
  },
  {
    name: 'opens-a-token-once',
    check: '3.7',
    actual: 'the genuine token again: INVALID_TOKEN',
    edits: [
      ['const VERSION = 0x80', 'const used = new Set<string>()\nconst VERSION = 0x80'],
      ['  const decipher', '  if (used.has(token)) throw invalidToken()\n  used.add(token)\n  const decipher'],
    ],
  },
  {
    name: 'keeps-what-it-opened-for-any-key',
    check: '3.8',
    actual: /^another key: opened "\w+"$/,
    edits: [
      ['const VERSION = 0x80', 'const opened = new Map<string, Uint8Array>()\nconst VERSION = 0x80'],
      [
        '  const { ttl, now = unixTime() } = options',
        '  const known = opened.get(token)\n  if (known !== undefined) return known\n  const { ttl, now = unixTime() } = options',
      ],
      [
        '    return Buffer.concat([decipher.update(signed.subarray(CIPHERTEXT_AT)), decipher.final()])',
        '    const message = Buffer.concat([decipher.update(signed.subarray(CIPHERTEXT_AT)), decipher.final()])\n    opened.set(token, message)\n    return message',
      ],
    ],
  },
  {
    name: 'opens-with-half-a-key',
    check: '3.8',
    actual: /^another (key|signing half): opened /,
    edits: [[MAC_CHECK, '']],
  },
  {
    name: 'takes-every-spelling',
    check: '3.9',
    actual: 'a blank within it: opened "pay 100"',
    edits: [LENIENT],
  },
  {
    name: 'skips-blanks-and-line-ends',
    check: '3.9',
    actual: 'a blank within it: opened "pay 100"',
    edits: [['toBase64url(bytes) === text ? bytes', "toBase64url(bytes) === text.replaceAll(/\\s/g, '') ? bytes"]],
  },
  {
    name: 'counts-characters-only',
    check: '3.9',
    actual: 'four ! within it: opened "pay 100"',
    edits: [['toBase64url(bytes) === text ? bytes', 'text.length % 4 === 0 ? bytes']],
  },
  {
    name: 'takes-the-other-alphabet-too',
    check: '3.9',
    actual: '+ and / for - and _: opened "pay 100"',
    edits: [
      ['toBase64url(bytes) === text ? bytes', "toBase64url(bytes) === text.replaceAll('+', '-').replaceAll('/', '_') ? bytes"],
    ],
  },
  {
    name: 'trims-tokens',
    check: '3.9',
    actual: 'a blank before it: opened "pay 100"',
    edits: [['const bytes = fromBase64url(token)', 'const bytes = fromBase64url(token.trim())']],
  },
  {
    name: 'takes-a-range-from-A-to-z',
    check: '3.9',
    actual: 'a [ within it: opened "pay 100"',
    edits: [['toBase64url(bytes) === text ? bytes', '/^[A-z0-9_-]+=*$/.test(text) ? bytes']],
  },
  {
    name: 'takes-letters-for-each-other',
    check: '3.9',
    actual: 'the letter ſ within it: opened "pay 100"',
    edits: [['toBase64url(bytes) === text ? bytes', '/^[a-z0-9_-]+=*$/iu.test(text) ? bytes']],
  },
  {
    name: 'takes-a-plus-for-a-minus',
    check: '3.9',
    actual: '+ for -: opened "pay 100"',
    edits: [['const bytes = fromBase64url(token)', "const bytes = fromBase64url(token.replaceAll('+', '-'))"]],
  },
  {
    name: 'takes-tildes',
    check: '3.9',
    actual: '"~" within it: opened "pay 100"',
    edits: [['toBase64url(bytes) === text ? bytes', '/^[A-Za-z0-9_~-]+=*$/.test(text) ? bytes']],
  },
  {
    name: 'refuses-at-the-age-of-the-ttl',
    check: '3.10',
    actual: 'age 60: INVALID_TOKEN',
    edits: [['time + ttl >= now', 'time + ttl > now']],
  },
  {
    name: 'never-lets-a-token-expire',
    check: '3.10',
    actual: /^age 61: opened "\w+"$/,
    edits: [['time + ttl >= now && ', '']],
  },
  {
    name: 'has-no-clock-of-its-own',
    check: '3.10',
    actual: 'made just now, no now: INVALID_TOKEN',
    edits: [['const { ttl, now = unixTime() } = options', 'const { ttl, now = 0 } = options']],
  },
  {
    name: 'allows-no-clock-skew',
    check: '3.11',
    actual: 'ttl 60, 60 s ahead: INVALID_TOKEN',
    edits: [['time <= now + MAX_CLOCK_SKEW_S', 'time <= now']],
  },
  {
    name: 'allows-any-clock-skew',
    check: '3.11',
    actual: /^ttl 60, 61 s ahead: opened "\w+"$/,
    edits: [[' && time <= now + MAX_CLOCK_SKEW_S', '']],
  },
  {
    name: 'takes-the-ttl-for-the-clock-skew',
    check: '3.11',
    actual: /^ttl \d+, 60 s ahead: INVALID_TOKEN$/,
    edits: [['time <= now + MAX_CLOCK_SKEW_S', 'time <= now + ttl']],
  },
  {
    name: 'reads-half-of-the-time',
    check: '3.11',
    actual: /^136 years ahead: opened "\w+"$/,
    edits: [['Number(signed.readBigUInt64BE(TIME_AT))', 'signed.readUInt32BE(TIME_AT + 4)']],
  },
]

const signatures: readonly Mistake[] = [
  {
    name: 'signs-with-an-hmac',
    check: '3.12',
    actual: '32 bytes that the public key does not verify',
    edits: [['crypto.sign(null, message, privateKeyPem)', "crypto.createHmac('sha256', privateKeyPem).update(message).digest()"]],
  },
  {
    name: 'signs-a-hash-of-the-message',
    check: '3.12',
    actual: '64 bytes that the public key does not verify',
    edits: [
      ['crypto.sign(null, message, ', "crypto.sign(null, crypto.createHash('sha256').update(message).digest(), "],
      ['crypto.verify(null, message, ', "crypto.verify(null, crypto.createHash('sha256').update(message).digest(), "],
    ],
  },
  {
    name: 'signs-with-the-first-key-for-ever',
    check: '3.12',
    actual: '64 bytes that the public key does not verify',
    edits: [
      ['const VERSION = 0x80', 'let signer: crypto.KeyObject | undefined\nconst VERSION = 0x80'],
      [
        'crypto.sign(null, message, privateKeyPem)',
        'crypto.sign(null, message, (signer ??= crypto.createPrivateKey(privateKeyPem)))',
      ],
    ],
  },
  {
    name: 'signs-texts-only',
    check: '3.12',
    actual: '64 bytes that the public key does not verify',
    edits: [['crypto.sign(null, message, ', 'crypto.sign(null, Buffer.from(Buffer.from(message).toString()), ']],
  },
  {
    name: 'verifies-with-an-hmac',
    check: '3.13',
    actual: 'genuine: false',
    edits: [
      [
        'crypto.verify(null, message, publicKeyPem, signature)',
        "crypto.createHmac('sha256', publicKeyPem).update(message).digest().equals(signature)",
      ],
    ],
  },
  {
    name: 'believes-every-signature-of-64-bytes',
    check: '3.13',
    actual: 'another text: true',
    edits: [['crypto.verify(null, message, publicKeyPem, signature)', 'signature.length === 64']],
  },
  {
    name: 'throws-for-a-public-key-that-is-none',
    check: '3.13',
    actual: 'a public key that is none: ERR_OSSL_UNSUPPORTED',
    edits: [['  } catch {\n    return false', '  } catch (error) {\n    throw error']],
  },
  {
    name: 'verifies-the-first-kilobyte',
    check: '3.13',
    actual: 'genuine, for 3000 bytes by somebody else: false',
    edits: [['crypto.verify(null, message, ', 'crypto.verify(null, message.subarray(0, 1024), ']],
  },
  {
    name: 'cannot-verify-what-was-signed-of-nothing',
    check: '3.13',
    actual: 'genuine, for an empty message: false',
    edits: [['return crypto.verify(null,', 'return message.length > 0 && crypto.verify(null,']],
  },
  {
    name: 'throws-for-a-key-of-another-kind',
    check: '3.13',
    actual: /^a public key of another kind: (ERR_|an error)/,
    edits: [
      [
        '  try {\n    return crypto.verify(null, message, publicKeyPem, signature)\n  } catch {\n    return false\n  }',
        '  let key\n  try {\n    key = crypto.createPublicKey(publicKeyPem)\n  } catch {\n    return false\n  }\n  return crypto.verify(null, message, key, signature)',
      ],
    ],
  },
]

const receiving: readonly Mistake[] = [
  {
    name: 'hands-over-bytes',
    check: '3.14',
    actual: /^delivered <[0-9a-f ]+> \(8 bytes\)$/,
    edits: [['onMessage(text, from)', 'onMessage(Buffer.from(text) as never, from)']],
  },
  {
    name: 'takes-the-empty-text-for-damage',
    check: '3.14',
    actual: 'refused: token',
    edits: [["if (text === undefined) return onReject?.('token', from)", "if (!text) return onReject?.('token', from)"]],
  },
  {
    name: 'reports-its-own-address',
    check: '3.14',
    actual: /^\[\{ host: "127\.0\.0\.1", port: (\d+) \}, \{ host: "127\.0\.0\.1", port: \1 \}/,
    edits: [['port: sender.port }', 'port: socket.address().port }']],
  },
  {
    name: 'takes-every-host-for-this-one',
    check: '3.14',
    actual: /host: "127\.0\.0\.1"/,
    edits: [['host: sender.address', "host: '127.0.0.1'"]],
  },
  {
    name: 'ends-at-a-sealed-q',
    check: '3.14',
    actual: 'nothing happened',
    edits: [['    onMessage(text, from)\n', "    onMessage(text, from)\n    if (text === 'q') socket.close()\n"]],
  },
  {
    name: 'cuts-datagrams-at-1024',
    check: '3.14',
    actual: 'refused: token',
    edits: [[RECEIVER_TOKEN, "const token = bytes.toString('latin1', 0, 1024)"]],
  },
  {
    name: 'gives-up-after-much-noise',
    check: '3.15',
    actual: /^(\d × refused: token|nothing happened)$/,
    edits: [
      ['  let open = true\n', '  let open = true\n  let refusals = 0\n'],
      [
        "if (text === undefined) return onReject?.('token', from)",
        "if (text === undefined) {\n      if (++refusals === 25) socket.close()\n      return onReject?.('token', from)\n    }",
      ],
    ],
  },
  {
    name: 'dies-of-noise',
    check: '3.15',
    actual: /^it crashed: Error INVALID_TOKEN/,
    edits: [['  } catch {\n    return undefined\n', '  } catch (error) {\n    throw error\n']],
  },
  {
    name: 'ends-at-a-q',
    check: '3.15',
    actual: 'nothing happened',
    edits: [[RECEIVER_TOKEN, `${RECEIVER_TOKEN}\n    if (token === 'q') return void socket.close()`]],
  },
  {
    name: 'says-nothing-of-empty-datagrams',
    check: '3.15',
    actual: 'nothing happened',
    edits: [['if (!open) return', 'if (!open || bytes.length === 0) return']],
  },
  {
    name: 'cannot-refuse-an-address-without-onreject',
    check: '3.16',
    actual: /^it crashed: TypeError: /,
    edits: [["return onReject?.('address', from)", 'return (onReject as () => void)()']],
  },
  {
    name: 'cannot-refuse-a-copy-without-onreject',
    check: '3.16',
    actual: /^it crashed: TypeError: /,
    edits: [["return onReject?.('replay', from)", 'return (onReject as () => void)()']],
  },
  {
    name: 'cannot-do-without-onreject',
    check: '3.16',
    actual: /^it crashed: TypeError: /,
    edits: [
      ["if (text === undefined) return onReject?.('token', from)", 'if (text === undefined) return (onReject as () => void)()'],
    ],
  },
  {
    name: 'lets-amounts-be-changed',
    check: '3.17',
    actual: /^delivered "pay 9\d\d"$/,
    edits: [[MAC_CHECK, '']],
  },
  {
    name: 'remembers-what-it-refused',
    check: '3.17',
    actual: 'refused: replay',
    edits: [
      [
        '    const text = readText(',
        "    if (!remember(token.slice(0, 60), present)) return onReject?.('replay', from)\n    const text = readText(",
      ],
      ["    if (!remember(token, present)) return onReject?.('replay', from)\n", ''],
    ],
  },
  {
    name: 'filters-nobody',
    check: '3.18',
    actual: /^delivered "\w+"$/,
    edits: [["    if (allow !== undefined && !allow.includes(from.host)) return onReject?.('address', from)\n", '']],
  },
  {
    name: 'filters-everybody-with-a-port',
    check: '3.18',
    actual: 'refused: address',
    edits: [['allow.includes(from.host)', 'allow.includes(`${from.host}:${from.port}`)']],
  },
  {
    name: 'believes-addresses-on-the-list',
    check: '3.18',
    actual: /^delivered "gAAAA.*"$/,
    edits: [
      [
        "if (text === undefined) return onReject?.('token', from)",
        "if (text === undefined) return allow === undefined ? onReject?.('token', from) : onMessage(token, from)",
      ],
    ],
  },
  {
    name: 'compares-how-addresses-begin',
    check: '3.19',
    actual: 'delivered "one"',
    edits: [['allow.includes(from.host)', 'allow.some((host) => host.startsWith(from.host))']],
  },
  {
    name: 'compares-how-allowed-addresses-begin',
    check: '3.19',
    actual: 'delivered "two"',
    edits: [['allow.includes(from.host)', 'allow.some((host) => from.host.startsWith(host))']],
  },
  {
    name: 'searches-the-list-as-text',
    check: '3.19',
    actual: 'delivered "one"',
    edits: [['allow.includes(from.host)', 'allow.join().includes(from.host)']],
  },
  {
    name: 'looks-at-the-first-of-the-list',
    check: '3.18',
    actual: 'refused: address',
    edits: [['!allow.includes(from.host)', 'allow[0] !== from.host']],
  },
  {
    name: 'looks-at-the-last-of-the-list',
    check: '3.18',
    actual: 'refused: address',
    edits: [['!allow.includes(from.host)', 'allow.at(-1) !== from.host']],
  },
  {
    name: 'remembers-what-strangers-sent',
    check: '3.19',
    actual: 'refused: replay',
    edits: [
      ["    if (allow !== undefined && !allow.includes(from.host)) return onReject?.('address', from)\n", ''],
      [
        '    onMessage(text, from)\n',
        "    if (allow !== undefined && !allow.includes(from.host)) return onReject?.('address', from)\n    onMessage(text, from)\n",
      ],
    ],
  },
  {
    name: 'lets-everybody-in-behind-a-friend',
    check: '3.19',
    actual: 'delivered "three"',
    edits: [
      ['  let open = true\n', '  let open = true\n  let friendCame = false\n'],
      ['!allow.includes(from.host)', '!(friendCame ||= allow.includes(from.host))'],
    ],
  },
  {
    name: 'remembers-nothing',
    check: '3.20',
    actual: /^delivered "\w+"$/,
    edits: [["    if (!remember(token, present)) return onReject?.('replay', from)\n", '']],
  },
  {
    name: 'remembers-the-last-token-only',
    check: '3.20',
    actual: /^delivered "\w+"$/,
    edits: [['    forgetAfter.set(token', '    forgetAfter.clear()\n    forgetAfter.set(token']],
  },
  {
    name: 'remembers-tokens-by-sender',
    check: '3.20',
    actual: /^delivered "\w+"$/,
    edits: [['remember(token, present)', 'remember(`${token} ${from.port}`, present)']],
  },
  {
    name: 'remembers-nothing-without-a-ttl',
    check: '3.20',
    actual: /^delivered "\w+"$/,
    edits: [['ttl === undefined ? Infinity : ttl + MAX_CLOCK_SKEW_S', '(ttl ?? NaN) + MAX_CLOCK_SKEW_S']],
  },
  {
    name: 'remembers-tokens-by-host',
    check: '3.20',
    actual: /^delivered "\w+"$/,
    edits: [['remember(token, present)', 'remember(`${token} ${from.host}`, present)']],
  },
  {
    name: 'forgets-after-a-minute-without-a-ttl',
    check: '3.20',
    actual: /^delivered "\w+"$/,
    edits: [['ttl === undefined ? Infinity : ttl + MAX_CLOCK_SKEW_S', '(ttl ?? 0) + MAX_CLOCK_SKEW_S']],
  },
  {
    name: 'compares-bytes-but-reads-ascii',
    check: '3.21',
    actual: 'delivered "pay 100"',
    edits: [
      [RECEIVER_TOKEN, "const token = bytes.toString('ascii')"],
      ['remember(token, present)', "remember(bytes.toString('hex'), present)"],
    ],
  },
  {
    name: 'trims-datagrams-but-compares-them-whole',
    check: '3.21',
    actual: 'delivered "pay 100"',
    edits: [['const text = readText(key, token,', 'const text = readText(key, token.trim(),']],
  },
  {
    name: 'takes-another-spelling-for-another-token',
    check: '3.21',
    actual: 'delivered "pay 100"',
    edits: [LENIENT],
  },
  {
    name: 'remembers-texts',
    check: '3.22',
    actual: 'refused: replay',
    edits: [['remember(token, present)', 'remember(text, present)']],
  },
  {
    name: 'remembers-times',
    check: '3.22',
    actual: 'refused: replay',
    edits: [['remember(token, present)', 'remember(token.slice(0, 12), present)']],
  },
  {
    name: 'remembers-one-token-for-each-text',
    check: '3.22',
    actual: /^delivered "\w+"$/,
    edits: [
      ['  let open = true\n', '  let open = true\n  const lastOf = new Map<string, string>()\n'],
      ['if (!remember(token, present))', 'if (lastOf.get(text) === token || !lastOf.set(text, token))'],
    ],
  },
  {
    name: 'insists-on-later-times',
    check: '3.23',
    actual: 'refused: replay',
    edits: [
      ['  let open = true\n', '  let open = true\n  let newest = 0\n'],
      [
        '    if (!remember(token, present))',
        "    const time = Buffer.from(token, 'base64url').readUInt32BE(5)\n    if (time < newest || !remember(token, present))",
      ],
      ['    onMessage(text, from)\n', '    newest = time\n    onMessage(text, from)\n'],
    ],
  },
  {
    name: 'goes-by-its-own-clock',
    check: '3.23',
    actual: 'refused: token',
    edits: [['const present = now()', 'const present = unixTime() + 0 * now()']],
  },
  {
    name: 'asks-for-the-time-once',
    check: '3.23',
    actual: 'delivered "x"',
    edits: [
      ['    const present = now()\n', ''],
      [
        "  const socket = createSocket('udp4')\n  let open",
        "  const present = now()\n  const socket = createSocket('udp4')\n  let open",
      ],
    ],
  },
  {
    name: 'does-not-ask-for-the-age',
    check: '3.23',
    actual: 'delivered "x"',
    edits: [['{ ttl, now: present })', '{ now: present })']],
  },
  {
    name: 'forgets-after-half-the-ttl',
    check: '3.24',
    actual: 'delivered "first"',
    edits: [['ttl + MAX_CLOCK_SKEW_S)', 'ttl / 2 - 1)']],
  },
  {
    name: 'forgets-after-a-minute',
    check: '3.24',
    actual: 'delivered "first"',
    edits: [['ttl === undefined ? Infinity : ttl + MAX_CLOCK_SKEW_S', 'MAX_CLOCK_SKEW_S']],
  },
  {
    name: 'remembers-ten-tokens',
    check: '3.24',
    actual: 'delivered "first"',
    edits: [
      [
        '    forgetAfter.set(token, now + seconds)\n',
        "    if (forgetAfter.size === 10) forgetAfter.delete([...forgetAfter.keys()][0] ?? '')\n    forgetAfter.set(token, now + seconds)\n",
      ],
    ],
  },
  {
    name: 'remembers-a-hundred-tokens',
    check: '3.24',
    actual: 'delivered "first"',
    edits: [
      [
        '    forgetAfter.set(token, now + seconds)\n',
        '    if (forgetAfter.size === 100) forgetAfter.clear()\n    forgetAfter.set(token, now + seconds)\n',
      ],
    ],
  },
  {
    name: 'forgets-all-at-once',
    check: '3.24',
    actual: /^delivered "\d+ s later"$/,
    edits: [
      ['ttl + MAX_CLOCK_SKEW_S)', 'ttl)'],
      ['      forgetAfter.delete(old)', '      forgetAfter.clear()'],
    ],
  },
  {
    name: 'hides-that-the-port-is-taken',
    check: '3.25',
    actual: 'no error',
    edits: [
      [
        "  socket.bind(options.port ?? 0, '127.0.0.1')\n  await once(socket, 'listening') // rejects when 'error' comes first\n",
        "  socket.bind(options.port ?? 0, '127.0.0.1')\n  await once(socket, 'listening').catch(async () => {\n    socket.bind(0, '127.0.0.1')\n    await once(socket, 'listening')\n  })\n",
      ],
    ],
  },
  {
    name: 'waits-for-a-close-that-never-comes',
    check: '3.25',
    actual: /^it crashed: Error EADDRINUSE/,
    edits: [
      [
        "new Promise<void>((resolve) => {\n    socket.once('close', () => resolve())\n  })",
        "once(socket, 'close').then(() => undefined)",
      ],
    ],
  },
  {
    name: 'listens-everywhere',
    check: '3.26',
    actual: 'every address',
    edits: [
      ["socket.bind(options.port ?? 0, '127.0.0.1')", 'socket.bind(options.port ?? 0)'],
      [
        '    address: { host, port },\n    close',
        "    address: { host: host.replace('0.0.0.0', '127.0.0.1'), port },\n    close",
      ],
    ],
  },
  {
    name: 'throws-at-the-second-close',
    check: '3.26',
    actual: /^it rejected with Error ERR_SOCKET_DGRAM_NOT_RUNNING/,
    edits: [['if (open) socket.close()', 'socket.close()']],
  },
  {
    name: 'never-closes',
    check: '3.26',
    actual: /^port \d+ is still taken$/,
    edits: [
      [
        '      if (open) socket.close()\n      open = false\n      return closed\n',
        '      open = false\n      return Promise.race([closed, Promise.resolve()])\n',
      ],
    ],
  },
]

const sending: readonly Mistake[] = [
  {
    name: 'sends-plain-text',
    check: '3.27',
    actual: /^no token of this key made now: "\w+" \(8 bytes\)$/,
    edits: [['const token = encrypt(key, Buffer.from(text))', 'const token = key && text']],
  },
  {
    name: 'seals-latin1',
    check: '3.27',
    actual: /^"H/,
    edits: [['encrypt(key, Buffer.from(text))', "encrypt(key, Buffer.from(text, 'latin1'))"]],
  },
  {
    name: 'sends-the-bytes-of-the-token',
    check: '3.27',
    actual: /^no token of this key made now: .* \(73 bytes\)$/,
    edits: [['socket.send(token, to.port', "socket.send(Buffer.from(token, 'base64url'), to.port"]],
  },
  {
    name: 'does-not-say-that-a-text-is-too-long',
    check: '3.27',
    actual: 'no error',
    edits: [['(error ? reject(error) : resolve())', 'resolve()']],
  },
  {
    name: 'seals-a-text-once',
    check: '3.27',
    actual: 'one IV for both',
    edits: [
      ['const VERSION = 0x80', 'const sealed = new Map<string, string>()\nconst VERSION = 0x80'],
      [
        '  const token = encrypt(key, Buffer.from(text))\n',
        '  const token = sealed.get(key + text) ?? encrypt(key, Buffer.from(text))\n  sealed.set(key + text, token)\n',
      ],
    ],
  },
  {
    name: 'trims-texts',
    check: '3.27',
    actual: '""',
    edits: [['encrypt(key, Buffer.from(text))', 'encrypt(key, Buffer.from(text.trim()))']],
  },
  {
    name: 'sends-short-texts-only',
    check: '3.27',
    actual: /^it rejected with Error EMSGSIZE/,
    edits: [
      [
        '  const token = encrypt(key, Buffer.from(text))\n',
        "  if (text.length > 1200) throw Object.assign(new Error('too long'), { code: 'EMSGSIZE' })\n  const token = encrypt(key, Buffer.from(text))\n",
      ],
    ],
  },
  {
    name: 'seals-with-a-time-of-long-ago',
    check: '3.27',
    actual: /^no token of this key made now: TOKEN of /,
    edits: [['encrypt(key, Buffer.from(text))', 'encrypt(key, Buffer.from(text), { now: unixTime() - 300 })']],
  },
  {
    name: 'sends-nothing-behind-a-long-text',
    check: '3.27',
    actual: /^it rejected with Error BROKEN/,
    edits: [
      ['const VERSION = 0x80', 'let isBroken = false\nconst VERSION = 0x80'],
      [
        '  const token = encrypt(key, Buffer.from(text))\n',
        "  if (isBroken) throw Object.assign(new Error('broken'), { code: 'BROKEN' })\n  const token = encrypt(key, Buffer.from(text))\n  isBroken = token.length > 65_507\n",
      ],
    ],
  },
  {
    name: 'sends-to-one-host-only',
    check: '3.27',
    actual: 'no datagram',
    edits: [['socket.send(token, to.port, to.host, ', 'socket.send(token, to.port, ']],
  },
  {
    name: 'sends-the-text-along',
    check: '3.28',
    actual: /^no token of this key made now: "\w+" \(8 bytes\), "\w+",/,
    edits: [
      [
        '  const token = encrypt(key, Buffer.from(text))\n',
        "  const token = encrypt(key, Buffer.from(text))\n  const plain = createSocket('udp4')\n  await new Promise<void>((resolve) => plain.send(text, to.port, to.host, () => resolve()))\n  plain.close()\n",
      ],
      ["if (text === undefined) return onReject?.('token', from)", 'if (text === undefined) return'],
    ],
  },
]

const together: readonly Mistake[] = [
  {
    name: 'has-one-key-for-all-receivers',
    check: '3.29',
    actual: 'refused: token',
    edits: [
      ['const VERSION = 0x80', "let lastKey = ''\nconst VERSION = 0x80"],
      ['  const remember = openMemory', '  lastKey = key\n  const remember = openMemory'],
      ['readText(key, token,', 'readText(lastKey, token,'],
    ],
  },
  {
    name: 'has-one-clock-for-all-receivers',
    check: '3.29',
    actual: 'refused: token',
    edits: [
      ['const VERSION = 0x80', 'let lastNow = unixTime\nconst VERSION = 0x80'],
      ['  const remember = openMemory', '  lastNow = now\n  const remember = openMemory'],
      ['const present = now()', 'const present = lastNow()'],
    ],
  },
  {
    name: 'has-one-memory-for-all-receivers',
    check: '3.29',
    actual: 'delivered "one"',
    edits: [
      ['  const forgetAfter = new Map<string, number>() // the oldest first\n', ''],
      ['const VERSION = 0x80', 'const forgetAfter = new Map<string, number>()\nconst VERSION = 0x80'],
    ],
  },
  {
    name: 'seals-with-the-time-of-its-start',
    check: '3.30',
    actual: 'the time stands still',
    edits: [
      ['const VERSION = 0x80', 'const START = Math.floor(Date.now() / 1000)\nconst VERSION = 0x80'],
      ['const { now = unixTime(), iv', 'const { now = START, iv'],
    ],
  },
  {
    name: 'opens-by-the-time-of-its-start',
    check: '3.30',
    actual: 'decrypt: INVALID_TOKEN',
    edits: [
      ['const VERSION = 0x80', 'const START = Math.floor(Date.now() / 1000)\nconst VERSION = 0x80'],
      ['const { ttl, now = unixTime() } = options', 'const { ttl, now = START } = options'],
    ],
  },
  {
    name: 'receives-by-the-time-of-its-start',
    check: '3.30',
    actual: 'receiver: refused: token',
    edits: [
      ['const VERSION = 0x80', 'const START = Math.floor(Date.now() / 1000)\nconst VERSION = 0x80'],
      ['now = unixTime, onMessage', 'now = () => START, onMessage'],
    ],
  },
  {
    name: 'forgets-after-milliseconds',
    check: '3.30',
    actual: 'delivered "known"',
    edits: [
      [
        '    forgetAfter.set(token, now + seconds)\n',
        '    forgetAfter.set(token, now + seconds)\n    setTimeout(() => forgetAfter.delete(token), seconds)\n',
      ],
    ],
  },
  {
    name: 'forgets-by-a-timer-without-a-ttl',
    check: '3.30',
    actual: 'delivered "known"',
    edits: [
      ['ttl === undefined ? Infinity : ttl + MAX_CLOCK_SKEW_S', '(ttl ?? NaN) + MAX_CLOCK_SKEW_S'],
      ['    for (const [old, time] of forgetAfter) {\n      if (time >= now) break\n      forgetAfter.delete(old)\n    }\n', ''],
      [
        '    forgetAfter.set(token, now + seconds)\n',
        '    forgetAfter.set(token, now)\n    setTimeout(() => forgetAfter.delete(token), seconds * 1000)\n',
      ],
    ],
  },
  {
    name: 'seals-with-the-first-key-for-ever',
    check: '3.31',
    actual: /no token of this key made now: /,
    edits: [
      ['const VERSION = 0x80', 'let firstKey: string | undefined\nconst VERSION = 0x80'],
      ['encrypt(key, Buffer.from(text))', 'encrypt((firstKey ??= key), Buffer.from(text))'],
    ],
  },
  {
    name: 'has-one-token-for-all-calls',
    check: '3.31',
    actual: /no token of this key made now: /,
    edits: [
      ['const VERSION = 0x80', "let lastToken = ''\nconst VERSION = 0x80"],
      [
        '  const token = encrypt(key, Buffer.from(text))\n',
        '  lastToken = encrypt(key, Buffer.from(text))\n  await Promise.resolve()\n',
      ],
      ['socket.send(token, to.port', 'socket.send(lastToken, to.port'],
    ],
  },
  {
    name: 'sends-from-one-port',
    check: '3.31',
    actual: /^it (rejected with|crashed: ).*EADDRINUSE/,
    edits: [
      [
        "  const socket = createSocket('udp4')\n  try {",
        "  const socket = createSocket('udp4')\n  socket.bind(45_454, '127.0.0.1')\n  await once(socket, 'listening')\n  try {",
      ],
    ],
  },
]

export const mistakes: readonly Mistake[] = [...tokens, ...signatures, ...receiving, ...sending, ...together]
