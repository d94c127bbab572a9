import { LxworksError } from '../core/errors.ts'

export function alreadyExists(name: string): LxworksError {
  return new LxworksError('The network already exists', {
    kind: 'invalid',
    code: 'NETWORK_EXISTS',
    context: { name },
  })
}

export function linkExists(name: string): LxworksError {
  return new LxworksError(
    `Network interface "${name}" already exists; choose another name or remove the interface`,
    { kind: 'invalid', code: 'NETWORK_LINK_EXISTS', context: { name } },
  )
}

export function inUse(name: string, users: readonly string[]): LxworksError {
  return new LxworksError(
    `The network is currently in use: ${name} by ${users.slice(0, 5).join(', ')}; detach them first`,
    { kind: 'busy', code: 'NETWORK_IN_USE', context: { name, users } },
  )
}

export function notManaged(name: string): LxworksError {
  return new LxworksError(
    `Only managed networks can be modified, and ${name} is an interface of the host`,
    { kind: 'invalid', code: 'NETWORK_NOT_MANAGED', context: { name } },
  )
}

export function notAllowed(name: string, project: string): LxworksError {
  return new LxworksError(
    `Network not allowed in project: ${project} may only have networks that its restrictions name, and ${name} is none of them; have the project allow it`,
    { kind: 'denied', code: 'NETWORK_NOT_ALLOWED', context: { name, project } },
  )
}

export function onlyDefaultProject(type: string, project: string): LxworksError {
  return new LxworksError(
    `Network type does not support non-default projects: a ${type} cannot belong to ${project}; create it in the project default`,
    { kind: 'invalid', code: 'NETWORK_PROJECT_UNSUPPORTED', context: { type, project } },
  )
}
