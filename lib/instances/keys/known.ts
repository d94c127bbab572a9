import {
  type ConfigKeys,
  checkConfig,
  findKey,
  type KeyDeclaration,
  type RawConfig,
} from '../../core/config.ts'
import { LxworksError } from '../../core/errors.ts'

type Type = 'container' | 'virtual-machine' | 'any'

/**
 * Checks keys and values as `checkConfig` does. A key that belongs to the other type of instance is unknown. One that cannot work
 * here yet may still be set to what holds anyway.
 */
export function checkKnown(keys: ConfigKeys, config: RawConfig, type: Type): void {
  const entries = Object.entries(config)
  const foreign = entries.find(([key]) => isForeign(findKey(keys, key), type))
  if (foreign) throw unknown(keys, foreign[0])
  const telling = entries.filter(([key, text]) => !saysNothing(findKey(keys, key), text))
  checkConfig(keys, Object.fromEntries(telling))
}

function isForeign(declaration: KeyDeclaration | undefined, type: Type): boolean {
  const { only, internal } = declaration ?? {}
  return only !== undefined && internal !== true && type !== 'any' && only !== type
}

/** A missing key that is set to its default changes nothing. */
function saysNothing(declaration: KeyDeclaration | undefined, text: string): boolean {
  if (declaration?.missing === undefined || declaration.default === undefined) return false
  const given = declaration.type.safeParse(text)
  const usual = declaration.type.safeParse(declaration.default)
  return given.success && usual.success && given.data === usual.data
}

function unknown(keys: ConfigKeys, key: string): LxworksError {
  return new LxworksError(`Unknown configuration key: ${key} (not for this type of instance)`, {
    kind: 'invalid',
    code: 'CORE_UNKNOWN_KEY',
    context: { entity: keys.entity, key },
  })
}
