import { LxworksError } from '../core/errors.ts'

/** Refuses a name that cannot be a link of the kernel and a directory of ours; kind `invalid`, code `NETWORK_BAD_NAME`. */
export function checkNetworkName(name: string): void {
  const why = fault(name)
  if (why === undefined) return
  throw new LxworksError(
    `Network interface ${why}; use 2 to 15 letters, digits, dots, dashes and underscores`,
    { kind: 'invalid', code: 'NETWORK_BAD_NAME', context: { name: name.slice(0, 80) } },
  )
}

function fault(name: string): string | undefined {
  if (name.length < 2) return 'is too short (minimum 2 characters)'
  if (name.length > 15) return 'is too long (maximum 15 characters)'
  if (!/^[-_a-zA-Z0-9.]+$/.test(name)) return 'contains invalid characters'
  // These would be a directory of the kernel's or an option of a command.
  if (/^\.+$/.test(name) || name.startsWith('-')) return 'contains invalid characters'
  return ['all', 'default'].includes(name)
    ? 'has a name that the kernel keeps for itself'
    : undefined
}
