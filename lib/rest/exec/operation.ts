import type { Operation, OperationWork } from '../../core/operation.ts'
import type { Host, Instance } from '../../host/contract.ts'
import type { InstanceRecord } from '../../instances/contract.ts'
import { type OperationSockets, SocketSet } from './sockets.ts'
import { whenClosed } from './streams.ts'

export interface ExecPlace {
  readonly host: Host
  readonly instance: Instance
  readonly record: InstanceRecord
}

/** Where clients connect, and who may. */
export interface Desk {
  readonly sockets: OperationSockets
  readonly identity: string
  /** For what is left to read once the client is gone. */
  readonly idleMs: number
}

export interface Connected {
  readonly set: SocketSet
  readonly own: OperationWork
}

/** How long clients have to connect what an operation needs. */
export const CONNECT_MS = 5_000

interface WebsocketOperation {
  readonly description: string
  readonly metadata?: Readonly<Record<string, unknown>>
  /** The names of its websockets. */
  readonly names: readonly string[]
  readonly desk: Desk
}

/** Work on an instance to which clients connect websockets; they are closed when it ends. */
export function websocketOperation(
  { host, record }: ExecPlace,
  { description, metadata, names, desk }: WebsocketOperation,
  work: (connected: Connected) => Promise<void>,
): Operation<void> {
  const set = new SocketSet(desk.identity, names)
  void set.connected('control').then(({ socket }) => {
    whenClosed(socket, () => set.abandon(desk.idleMs))
  })
  const operation = host.operations.start(
    { ...onInstance(record, description), class: 'websocket', ...(metadata && { metadata }) },
    async (own) => {
      const leave = (): void => set.close()
      own.signal.addEventListener('abort', leave, { once: true })
      try {
        await work({ set, own })
      } finally {
        // The operation, and its signal with it, is remembered for long: its websockets must not be.
        own.signal.removeEventListener('abort', leave)
        desk.sockets.retire(operation.id)
        leave()
      }
    },
  )
  desk.sockets.add(operation.id, set)
  return operation
}

export function onInstance({ name, type }: InstanceRecord, description: string) {
  return {
    description,
    resources: {
      instances: [`/1.0/instances/${name}`],
      ...(type === 'container' && { containers: [`/1.0/containers/${name}`] }),
    },
    mayCancel: true,
  }
}
