import type { ImageSource } from './contract.ts'
import { directSource } from './direct/index.ts'
import type { Ask } from './http.ts'
import { simplestreams } from './simplestreams/index.ts'

/** What sources are made from. */
export interface SourceDeps {
  readonly ask: Ask
  /** `<root>/images`. */
  readonly directory: string
}

/** Every protocol that images come by. */
export function imageSources(deps: SourceDeps): readonly ImageSource[] {
  return [simplestreams(deps), directSource(deps)]
}
