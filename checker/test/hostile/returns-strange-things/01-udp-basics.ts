let count = 0
const strange = (): unknown => {
  const cycle: Record<string, unknown> = {}
  cycle.self = cycle
  const things: unknown[] = [
    cycle,
    {
      get address(): never {
        throw new Error('no')
      },
    },
    new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('no')
        },
      },
    ),
    10n,
    'x'.repeat(50_000_000),
    { address: { host: { toString: 1 }, port: {} }, then: 1 },
    null,
    Symbol('x'),
  ]
  count += 1
  return things[count % things.length]
}
export const startReceiver = async () => strange()
export const sendText = async () => strange()
export const sendLines = async () => strange()
