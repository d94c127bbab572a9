import { OPENMETRICS, renderMetrics, TEXT } from '../render/metrics.ts'
import { type Route, raw } from '../route.ts'

export const metricRoutes: readonly Route[] = [
  raw({
    method: 'GET',
    path: '/1.0/metrics',
    run: async (host, { query, request }) => {
      const samples = await host.metrics({ allProjects: !query.get('project') })
      const accepted = request.headers.accept ?? ''
      const format = accepted.includes('application/openmetrics-text') ? OPENMETRICS : TEXT
      return {
        answer: 'raw',
        headers: { 'Content-Type': format.contentType },
        body: renderMetrics(samples, format),
      }
    },
  }),
]
