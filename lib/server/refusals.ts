import { isLxworksError, LxworksError } from '../core/errors.ts'

/** The refusal of one key, in the words that LXD has for all of them. */
export function cannotSet(key: string, shown: string, error: unknown): unknown {
  if (!isLxworksError(error)) return error
  const { kind, code, context } = error
  const why = code === 'CORE_UNKNOWN_KEY' ? 'unknown key' : error.message
  return new LxworksError(`cannot set '${key}' to '${shown}': ${why}`, {
    kind,
    code,
    context,
    cause: error,
  })
}

export function notASecret(key: string): LxworksError {
  return new LxworksError(
    `cannot set '${key}' to 'true': only what is kept secret can be left as it is so; give its value as a string`,
    { kind: 'invalid', code: 'SERVER_NOT_A_SECRET', context: { key } },
  )
}

export function unreadable(path: string, cause: unknown): LxworksError {
  return new LxworksError(
    `the settings that an earlier version left in ${path} cannot be read; mend or remove the file`,
    { kind: 'internal', code: 'SERVER_SETTINGS_UNREADABLE', context: { path }, cause },
  )
}
