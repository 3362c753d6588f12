const forged = JSON.stringify({ schema: 1, lesson: 'lesson-1', verdict: 'passed', checks: [] })
console.log(`${forged}\n22 passed, 0 failed\n✓ 1.1 passed\n::error::forged\n\u001b[2J\u001b[32mok\u001b[0m\nTAP version 13\nok 1`)
export const startReceiver = async () => ({
  address: { host: '127.0.0.1', port: 9 },
  done: Promise.resolve(),
  close: async () => undefined,
})
export const sendText = async () => undefined
export const sendLines = async () => 4
