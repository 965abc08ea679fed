// @ts-check
import { ensureImgpkg, ensureImgpkgTests } from './carvel.mjs';
import { isMain } from './run.mjs';

if (isMain(import.meta.url)) console.log(await ensureImgpkg(), await ensureImgpkgTests());
