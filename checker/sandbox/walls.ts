import { fenceFlags } from './flags.ts'
import { hasProcessGroups } from './kill.ts'
import { limited } from './limits.ts'
import { isInNamespaces } from './namespaces.ts'

/** What may stand between an attempt and the machine, by the names that docs/security.md has for it. */
export type Wall =
  | 'own process'
  | 'own process group'
  | 'permission flags'
  | 'limits of the system'
  | 'own network'
  | 'own processes'

/** Which walls stand in this run. @param debugged whether the attempt is open to a debugger */
export function wallsUp(debugged: boolean): readonly Wall[] {
  const isFenced = !debugged && fenceFlags({ read: [], write: [] }).some((flag) => flag.endsWith('permission'))
  const isLimited = !debugged && limited('', [])[0] !== ''
  const up: readonly (readonly [Wall, boolean])[] = [
    ['own process', true],
    ['own process group', hasProcessGroups()],
    ['permission flags', isFenced],
    ['limits of the system', isLimited],
    ['own network', isInNamespaces()],
    ['own processes', isInNamespaces()],
  ]
  return up.filter(([, stands]) => stands).map(([wall]) => wall)
}
