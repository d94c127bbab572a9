import { Fault, shown } from './fault.ts'

/** Tags that read files or run something. */
const REACHING = ['include', 'extends', 'import', 'ssi', 'exec', 'block', 'macro']

/** Pure: why a tag is not there. */
export function refuseTag(name: string, known: readonly string[]): Fault {
  const why = REACHING.includes(name)
    ? 'a template has no access to files and to other templates'
    : `known are ${known.join(', ')}`
  return new Fault('forbidden', `the tag ${shown(name)} cannot be used here: ${why}`)
}

export function refuseFilter(name: string, known: readonly string[]): Fault {
  return new Fault(
    'forbidden',
    `the filter ${shown(name)} cannot be used here: known are ${known.join(', ')}`,
  )
}
