import type { RawConfig } from '../core/config.ts'
import type { Statements } from '../state/contract.ts'
import { type Occasion, refuseBreach } from './breach.ts'
import { type Holdings, readHoldings, readProjectConfig } from './holdings.ts'
import { settingsOf } from './settings.ts'

type Reader = Pick<Statements, 'query'>

/** Refuses a project that does not keep its limits and restrictions as it is now. Asks for little where there are none. */
export async function uphold(
  inside: Reader,
  project: string,
  occasion: Occasion = 'content',
): Promise<void> {
  const holdings = await boundHoldings(inside, project)
  if (holdings) refuseBreach(holdings, occasion)
}

/** What the project holds; undefined where it has neither limits nor restrictions, and may hold anything. */
export async function boundHoldings(
  reader: Reader,
  project: string,
): Promise<Holdings | undefined> {
  const config = await readProjectConfig(reader, project)
  return isBound(config) ? readHoldings(reader, project) : undefined
}

function isBound(config: RawConfig): boolean {
  return (
    settingsOf(config).restricted || Object.keys(config).some((key) => key.startsWith('limits.'))
  )
}
