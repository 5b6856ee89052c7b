/** Writes the dashboards to the folder `dashboards`. Run it after every change: npx node monitoring/grafana/write.ts */
import { writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { dashboards } from './dashboards.ts';

for (const [name, dashboard] of Object.entries(dashboards)) {
  const url = new URL(`dashboards/${name}.json`, import.meta.url);
  const options = await resolveConfig(url);
  await writeFile(url, await format(JSON.stringify(dashboard), { ...options, parser: 'json' }));
}
