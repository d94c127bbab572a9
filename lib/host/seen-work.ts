import { type Identity, maySee } from '../access/contract.ts'
import { LxworksError } from '../core/errors.ts'
import { type Events, type HostEvent, iterate } from '../core/events.ts'
import type { OperationRecord } from '../core/operation.ts'
import type { Operations } from './contract.ts'

/** Operations of projects that somebody may know of. */
export function seenOperations(operations: Operations, identity: Identity): Operations {
  const get = (id: string): OperationRecord => {
    const record = operations.get(id)
    if (!mayRead(identity, record)) throw noOperation()
    return record
  }
  return {
    ...operations,
    get,
    list: (query) => operations.list(query).filter((record) => mayList(identity, record)),
    wait: async (id, options) => {
      get(id)
      return operations.wait(id, options)
    },
    cancel: async (id) => {
      if (!mayList(identity, get(id))) throw noOperation()
      return operations.cancel(id)
    },
  }
}

/** Events of projects that somebody may know of; log lines and what concerns the whole server are the administrator's. */
export function seenEvents(events: Events, identity: Identity): Events {
  const subscribe: Events['subscribe'] = (listener) =>
    events.subscribe((event) => {
      if (mayHear(identity, event)) listener(event)
    })
  return { subscribe, [Symbol.asyncIterator]: () => iterate(subscribe) }
}

/** A token's metadata is the token: it is listed to nobody. Strangers find what has a secret, by an id that they were told. */
function mayRead(identity: Identity, record: OperationRecord): boolean {
  if (identity.trust === 'none') return typeof record.metadata?.secret === 'string'
  return mayList(identity, record)
}

function mayList(identity: Identity, { project, class: kind }: OperationRecord): boolean {
  return kind !== 'token' && isAtHome(identity, project)
}

/** A metrics certificate sees numbers of a project, and nothing of what is done there. */
function isAtHome(identity: Identity, project: string): boolean {
  return identity.trust === 'restricted' && maySee(identity, project)
}

const OF_THE_SERVER = /^\/1\.0(\/(certificates|cluster|warnings)(\/.*)?)?$/

function mayHear(identity: Identity, event: HostEvent): boolean {
  switch (event.type) {
    case 'logging':
      return false
    case 'operation':
      return mayList(identity, event.operation)
    case 'lifecycle':
      return isAtHome(identity, event.project) && !OF_THE_SERVER.test(event.source)
    default:
      return event satisfies never
  }
}

function noOperation(): LxworksError {
  return new LxworksError('Operation not found', { kind: 'notFound', code: 'HOST_NOT_FOUND' })
}
