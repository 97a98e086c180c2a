// Before any test: where Debian's chromium brings a Vulkan loader and SwiftShader, a folder from which the tests' processes load
// that loader. A process reads LD_LIBRARY_PATH at its start, so it is set before they are started.
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { workbench } from '../scripts/lib/places.mjs';

const loader = '/usr/lib/chromium/libvulkan.so.1';

export default function setup() {
  if (!existsSync(loader)) return;
  // Of its own: chromium's other libraries are nothing to others.
  const folder = path.join(workbench, 'vulkan');
  mkdirSync(folder, { recursive: true });
  const link = path.join(folder, path.basename(loader));
  if (!existsSync(link)) symlinkSync(loader, link);
  process.env['LD_LIBRARY_PATH'] = [folder, process.env['LD_LIBRARY_PATH'] ?? ''].filter(Boolean).join(':');
}
