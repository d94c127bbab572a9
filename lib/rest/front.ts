import type { Environment } from './environment.ts'
import type { OperationSockets } from './exec/sockets.ts'
import type { Cors } from './guard/origin.ts'
import type { Patience } from './patience.ts'

/** What the server keeps between requests; everything else is the host's. */
export interface Front {
  readonly environment: Environment
  readonly sockets: OperationSockets
  readonly patience: Patience
  /** Which pages of other sites may use the server. */
  readonly cors: () => Cors
  /** Stops the instances and ends the program that serves; absent where nobody may ask for that. */
  readonly shutdown?: (request: ShutdownRequest) => Promise<void>
}

/** How a client wants the server to end. */
export interface ShutdownRequest {
  /** Does not wait for running operations. */
  readonly force: boolean
}
