import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** What a server shows and what it keeps to itself, both as PEM text. */
export interface ServerIdentity {
  /** The private key: `-----BEGIN PRIVATE KEY-----`. */
  readonly key: string
  /** The certificate: `-----BEGIN CERTIFICATE-----`. */
  readonly cert: string
}

/** The authority that signed GOOD, GOOD_RSA, WRONG_HOST and EXPIRED. */
export const AUTHORITY = readCertificate('authority')
/** Another one that has taken the same name. */
export const OTHER_AUTHORITY = readCertificate('other-authority')
/** One more, with a name of its own. */
export const SECOND_AUTHORITY = readCertificate('second-authority')

/** For localhost and 127.0.0.1, signed by the authority. */
export const GOOD = readIdentity('good')
/** The same with an RSA key; all others have keys on the curve P-256. */
export const GOOD_RSA = readIdentity('good-rsa')
/** For localhost and 127.0.0.1, signed by nobody but itself. */
export const SELF_SIGNED = readIdentity('self-signed')
/** For files.example, signed by the authority. */
export const WRONG_HOST = readIdentity('wrong-host')
/** For localhost and 127.0.0.1, signed by the authority, and good in the year 2020 only. */
export const EXPIRED = readIdentity('expired')
/** For localhost and 127.0.0.1, signed by the other authority. */
export const OTHER = readIdentity('other')
/** For localhost and 127.0.0.11, signed by the second authority. */
export const NEIGHBOUR = readIdentity('neighbour')
/** For localhost and 127.0.0.1, signed by the second authority, and good from the year 2110 on. */
export const NOT_YET = readIdentity('not-yet')

/** @param name such as `good`. @throws Error when there is none of that name, or only a certificate, as of the authorities */
export function readIdentity(name: string): ServerIdentity {
  return { key: readFileSync(certificateFile(`${name}.key`), 'utf8'), cert: readCertificate(name) }
}

/** @param name such as `authority`. @throws Error when there is none of that name */
export function readCertificate(name: string): string {
  return readFileSync(certificateFile(name), 'utf8')
}

/** Where a file lies, for programs that want a path. @param name such as `good`, or `good.key` */
export function certificateFile(name: string): string {
  return fileURLToPath(new URL(`${name}.pem`, import.meta.url))
}
