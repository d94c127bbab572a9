import { LxworksError } from '../core/errors.ts'
import type { InstanceRef } from './contract.ts'

/** What an instance cannot be asked for as it is now. */
export function wrongStatus(ref: InstanceRef, why: string): LxworksError {
  return new LxworksError(`${ref.name}: ${why}`, {
    kind: 'invalid',
    code: 'INSTANCE_WRONG_STATUS',
    context: { project: ref.project, name: ref.name },
  })
}

/** The refusal of a name that an instance has. */
export function instanceTaken({ project, name }: InstanceRef): LxworksError {
  return new LxworksError(
    `Instance ${JSON.stringify(name)} already exists in project ${project}; choose another name or delete it first`,
    { kind: 'exists', code: 'INSTANCE_EXISTS', context: { project, name } },
  )
}
