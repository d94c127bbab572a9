import type { RawConfig } from '../core/config.ts'
import { integer } from '../core/value-types.ts'
import type { InstanceRecord } from './contract.ts'

type Prioritised = Pick<InstanceRecord, 'name' | 'expandedConfig'>

/** Groups of equal priority by this key, the highest first; inside a group by name. */
export function byPriority<R extends Prioritised>(
  records: readonly R[],
  key: string,
): readonly (readonly R[])[] {
  const priority = ({ expandedConfig }: R): number => numberOf(expandedConfig, key, 0)
  const levels = [...new Set(records.map(priority))].sort((a, b) => b - a)
  return levels.map((level) =>
    records
      .filter((record) => priority(record) === level)
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  )
}

export function numberOf(config: RawConfig, key: string, otherwise: number): number {
  return integer.safeParse(config[key]).data ?? otherwise
}
