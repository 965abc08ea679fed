// node sheet.mjs out.png cols x y w h files…
import { chromium } from 'playwright-core';
import { readFileSync } from 'node:fs';
const [out, cols, x, y, w, h, ...files] = process.argv.slice(2);
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
const p = await b.newPage({ viewport: { width: w * cols, height: h * Math.ceil(files.length / cols) } });
await p.setContent(`<body style="margin:0;display:grid;grid-template-columns:repeat(${cols},${w}px)">${files.map((f) => `<div style="width:${w}px;height:${h}px;background:url(data:image/png;base64,${readFileSync(f).toString('base64')}) -${x}px -${y}px"></div>`).join('')}</body>`);
await p.waitForTimeout(300);
await p.screenshot({ path: out });
await b.close();
