import {
  METRICS,
  type MetricDescription,
  type MetricName,
  type MetricSample,
} from '../../instances/contract.ts'

/** The two ways of writing the same samples. */
export interface MetricsFormat {
  readonly contentType: string
  /** The name in the lines that describe a metric. */
  described(metric: string, kind: MetricDescription['kind']): string
}

/** As LXD writes them, whatever a client asks for. */
export const TEXT: MetricsFormat = {
  contentType: 'text/plain; version=0.0.4; charset=utf-8',
  described: (metric) => metric,
}

/** OpenMetrics describes a counter without the suffix of its samples. */
export const OPENMETRICS: MetricsFormat = {
  contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  described: (metric, kind) => (kind === 'counter' ? metric.replace(/_total$/, '') : metric),
}

/** Metrics in LXD's order, each with its samples by project and instance; those without a sample are left out. */
export function renderMetrics(samples: readonly MetricSample[], format: MetricsFormat): string {
  const byMetric = new Map<MetricName, MetricSample[]>()
  for (const sample of [...samples].sort(byInstance)) {
    const found = byMetric.get(sample.metric)
    if (found) found.push(sample)
    else byMetric.set(sample.metric, [sample])
  }
  const families = Object.entries(METRICS).flatMap(([name, description]) => {
    const found = byMetric.get(name as MetricName) ?? []
    return found.length === 0 ? [] : family(`lxd_${name}`, description, { found, format })
  })
  return [...families, '# EOF\n'].join('\n')
}

function family(
  name: string,
  { kind, help }: MetricDescription,
  { found, format }: { readonly found: readonly MetricSample[]; readonly format: MetricsFormat },
): readonly string[] {
  const described = format.described(name, kind)
  // A guest names its interfaces: two whose names differ in no letter would make the whole answer invalid.
  const series = new Map(found.map((sample) => [labels(sample), sample.value] as const))
  return [
    `# HELP ${described} ${help}`,
    `# TYPE ${described} ${kind}`,
    ...[...series].map(([label, value]) => `${name}{${label}} ${value}`),
  ]
}

function labels(sample: MetricSample): string {
  const { project, instance, type } = sample
  const all = { ...sample.labels, project, name: instance, type }
  return Object.entries(all)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}="${escaped(value)}"`)
    .join(',')
}

function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`))
}

function byInstance(a: MetricSample, b: MetricSample): number {
  return compared(a.project, b.project) || compared(a.instance, b.instance)
}

function compared(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
