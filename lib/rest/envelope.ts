import { operationWire } from './render/operation.ts'
import type { Answer, Raw } from './route.ts'

/** Every field is always there, in this order, with its zero value where it says nothing. */
export interface Envelope {
  readonly type: 'sync' | 'async' | 'error'
  readonly status: string
  readonly status_code: number
  readonly operation: string
  readonly error_code: number
  readonly error: string
  readonly metadata: unknown
}

export interface Reply {
  readonly status: number
  readonly location?: string
  readonly etag?: unknown
  readonly envelope: Envelope
}

type Secrets = (operationId: string) => Readonly<Record<string, string>> | undefined

/** `secrets` are those of an operation that the one who asked may see. */
export function reply(answer: Exclude<Answer, Raw>, secrets: Secrets): Reply {
  switch (answer.answer) {
    case 'data':
      return { status: 200, etag: answer.etag, envelope: success(answer.data) }
    case 'done':
      return { status: 200, envelope: success({}) }
    case 'created':
      return { status: 201, location: answer.location, envelope: success(null) }
    case 'started': {
      const { id } = answer.operation
      const location = `/1.0/operations/${id}`
      const metadata = operationWire(answer.operation, secrets(id))
      return { status: 202, location, envelope: background(location, metadata) }
    }
    default:
      return answer satisfies never
  }
}

export function failure(status: number, message: string): Envelope {
  return {
    type: 'error',
    status: '',
    status_code: 0,
    operation: '',
    error_code: status,
    error: message,
    metadata: null,
  }
}

export function success(metadata: unknown): Envelope {
  return {
    type: 'sync',
    status: 'Success',
    status_code: 200,
    operation: '',
    error_code: 0,
    error: '',
    metadata,
  }
}

function background(operation: string, metadata: unknown): Envelope {
  return {
    type: 'async',
    status: 'Operation created',
    status_code: 100,
    operation,
    error_code: 0,
    error: '',
    metadata,
  }
}
