import type { RawConfig } from '../../core/config.ts'
import { LxworksError } from '../../core/errors.ts'
import { boolean } from '../../core/value-types.ts'
import type { InstanceChecks } from '../../projects/contract.ts'
import { checkDevice } from '../devices/keys/checks.ts'
import { checkDevicesTogether } from '../devices/keys/rules.ts'
import { instanceKeys } from './index.ts'
import { checkKnown } from './known.ts'
import { checkKeyName, checkTogether } from './rules.ts'

type Type = 'container' | 'virtual-machine' | 'any'

/** What the write gate checks instances and profiles with. */
export const instanceChecks: InstanceChecks = Object.freeze({
  config: checkInstanceConfig,
  device: checkDevice,
  expanded: ({ config, devices }) => {
    checkTogether(config)
    checkDevicesTogether(devices)
  },
} satisfies InstanceChecks)

function checkInstanceConfig(type: Type, config: RawConfig): void {
  for (const key of Object.keys(config)) {
    checkKeyName(key)
    checkPlace(type, key)
  }
  checkKnown(instanceKeys, config, type)
  if (boolean.safeParse(config['security.devlxd']).data === true) throw noGuestApi()
  checkTogether(config)
}

/** Profiles are shared by many instances; these keys belong to one. */
function checkPlace(type: Type, key: string): void {
  if (type !== 'any') return
  const kind = /^(volatile|image)\./.exec(key)?.[1]
  if (kind === undefined) return
  const word = kind === 'volatile' ? 'Volatile' : 'Image'
  throw new LxworksError(`${word} keys can only be set on instances; remove ${key}`, {
    kind: 'invalid',
    code: 'INSTANCE_BAD_CONFIG',
    context: { key },
  })
}

function noGuestApi(): LxworksError {
  return new LxworksError(
    'The instance option "security.devlxd" cannot be used here: the guest API (/dev/lxd) is not available yet; unset it',
    {
      kind: 'unsupported',
      code: 'CORE_KEY_UNSUPPORTED',
      context: { entity: 'instance', key: 'security.devlxd' },
    },
  )
}
