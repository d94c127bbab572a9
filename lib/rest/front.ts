import type { Environment } from './environment.ts'
import type { OperationSockets } from './exec/sockets.ts'

/** What the server keeps between requests; everything else is the host's. */
export interface Front {
  readonly environment: Environment
  readonly sockets: OperationSockets
  /** Stops the instances and ends the program that serves; absent where nobody may ask for that. */
  readonly shutdown?: (request: ShutdownRequest) => Promise<void>
}

export interface ShutdownRequest {
  /** Does not wait for running operations. */
  readonly force: boolean
}
