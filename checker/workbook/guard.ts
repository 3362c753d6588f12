import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'

/** Nothing that a page sends is longer, in bytes. */
const MAX_BODY_BYTES = 64 * 1024
/** No address of ours is longer, in characters. */
const MAX_PATH = 300

const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const

/**
 * Lets in only what a page of this server asks for. Any page on the internet can make a browser send requests to
 * 127.0.0.1, also under a name of its own that leads there (DNS rebinding). So the name is looked at, and for whatever
 * changes something the page that it comes from.
 */
export const guard: MiddlewareHandler = async (c, next) => {
  const { host } = new URL(c.req.url)
  for (const [name, value] of Object.entries(HEADERS)) c.header(name, value)
  const { port } = c.env.incoming.socket.address() as { port: number }
  const own = [`127.0.0.1:${port}`, `localhost:${port}`]
  if (!own.includes(c.req.header('host') ?? '') || !own.includes(host)) {
    return c.text(`This is a workbook on ${own[0]}. It does not answer to another name.\n`, 403)
  }
  if (c.req.path.length > MAX_PATH) return c.text('There is no page with so long a name.\n', 404)
  if (c.req.method !== 'GET' && c.req.method !== 'HEAD' && !own.some((name) => c.req.header('origin') === `http://${name}`)) {
    return c.text('Only pages of the workbook itself may ask for that.\n', 403)
  }
  return next()
}

export const limitBody = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: (c) => c.text(`That is too long: at most ${MAX_BODY_BYTES} bytes.\n`, 413),
})
