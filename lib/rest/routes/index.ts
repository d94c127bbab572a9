import type { Route } from '../route.ts'
import { certificateRoutes } from './certificates.ts'
import { emptyRoutes } from './empty.ts'
import { eventRoutes } from './events.ts'
import { fileRoutes } from './files.ts'
import { aliasRoutes } from './image-aliases.ts'
import { imageRoutes } from './images.ts'
import { execRoutes } from './instance-exec.ts'
import { logRoutes } from './instance-logs.ts'
import { metadataRoutes } from './instance-metadata.ts'
import { snapshotRoutes } from './instance-snapshots.ts'
import { instanceStateRoutes } from './instance-state.ts'
import { instanceRoutes } from './instances.ts'
import { metricRoutes } from './metrics.ts'
import { missingRoutes } from './missing.ts'
import { networkRoutes } from './networks.ts'
import { operationRoutes } from './operations.ts'
import { profileRoutes } from './profiles.ts'
import { projectRoutes } from './projects.ts'
import { resourceRoutes } from './resources.ts'
import { serverRoutes } from './server.ts'
import { sqlRoutes } from './sql.ts'
import { storageRoutes } from './storage.ts'
import { warningRoutes } from './warnings.ts'

/** Every path and method that is answered. */
export const routes: readonly Route[] = Object.freeze([
  ...serverRoutes,
  ...operationRoutes,
  ...eventRoutes,
  ...certificateRoutes,
  ...instanceRoutes,
  ...instanceStateRoutes,
  ...snapshotRoutes,
  ...execRoutes,
  ...fileRoutes,
  ...logRoutes,
  ...metadataRoutes,
  ...imageRoutes,
  ...aliasRoutes,
  ...storageRoutes,
  ...networkRoutes,
  ...profileRoutes,
  ...projectRoutes,
  ...resourceRoutes,
  ...warningRoutes,
  ...sqlRoutes,
  ...metricRoutes,
  ...emptyRoutes,
  ...missingRoutes,
])
