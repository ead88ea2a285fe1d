/**
 * What an extension claims, as plain tables. They never decide what a file is; they decide whether bytes that nothing explains are worth stopping for, and
 * whether content contradicts its name.
 */

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter(Boolean));

/** Text somebody or something reads or runs: bytes that cannot be decoded under these names leave the scan incomplete. */
export const textual = words(`
  .md .markdown .mdx .mdc .rst .adoc .asciidoc .org .tex .txt .text .log .nfo .rtf
  .sh .bash .zsh .ksh .fish .command .tool .csh .ps1 .psm1 .psd1 .bat .cmd .vbs .vbe .wsf .hta .applescript .scpt .awk .sed .expect .tcl
  .py .pyw .pyi .pth .ipynb .rb .pl .pm .php .phtml .lua .r .jl .go .rs .java .kt .kts .scala .groovy .gradle .swift .c .h .cc .cpp .hpp .m .mm .cs .fs .ex .exs .erl .hs .clj .dart .nim .zig .sol
  .js .mjs .cjs .jsx .ts .mts .cts .tsx .vue .svelte .astro .css .scss .less .html .htm .xhtml .svg .xml .xsl .xslt .dtd .plist .desktop .service .timer .reg .inf
  .json .jsonc .json5 .jsonl .ndjson .yaml .yml .toml .ini .cfg .conf .config .properties .env .envrc .lock .csv .tsv .sql .graphql .proto .tf .hcl .nix .mk .cmake .dockerfile .template .tmpl .j2 .jinja .hbs .ejs .patch .diff .example .sample .prompt .rules`);

/** Data whose format we do not parse and that nothing runs in place. Code that decodes it is judged where it stands. */
export const opaqueData = words(`
  .bin .dat .data .db .sqlite .sqlite3 .db3 .mdb .npy .npz .parquet .feather .arrow .orc .avro .pkl .pickle .joblib .onnx .gguf .ggml .safetensors .pt .pth2 .ckpt .h5 .hdf5 .tflite .mlmodel .model .weights .pb .tfrecord .faiss .index .idx .hnsw .ann .vec .lmdb .rdb .ldb .mdf
  .raw .pcm .opus .m4a .heic .avif .dng .cr2 .nef .hdr .exr .ktx .dds .tga .pcx .blend .fbx .glb .gltf .stl .obj .usdz .sf2 .dwg .shp .dbf .mbtiles .pmtiles .geotiff .grib .nc .fits .sav .dta .rds .rdata .mo .gmo .pak .cache .sig .asc .gpg .age .der .cer .crt .p7s .eot .swf .ds_store`);

/** Containers and programs: bytes under these names that are neither are worth stopping for, since some tool may still open them. */
export const openedOrRun = words(`
  .zip .tar .tgz .gz .bz2 .xz .zst .7z .rar .jar .war .whl .egg .vsix .nupkg .skill .apk .ipa .deb .rpm .dmg .pkg .msi .iso .asar .crx .xpi .gem .crate
  .exe .dll .so .dylib .node .pyc .pyo .pyd .class .wasm .com .scr .cpl .sys .ko .o .a .lib .lnk .app .run .elf .appimage`);

export type Claim = 'image' | 'audio' | 'video' | 'font' | 'document' | 'text';

const claimLists: Readonly<Record<Claim, ReadonlySet<string>>> = {
  image: words('.png .jpg .jpeg .jpe .gif .webp .ico .cur .bmp .tif .tiff .svg .avif .heic .heif .psd .icns .jxl .jp2 .tga'),
  audio: words('.mp3 .wav .ogg .oga .flac .aac .m4a .aif .aiff .mid .midi .opus'),
  video: words('.mp4 .m4v .mov .webm .mkv .avi .flv .mpg .mpeg'),
  font: words('.ttf .otf .ttc .woff .woff2 .eot'),
  document: words('.pdf .doc .docx .docm .xls .xlsx .xlsm .ppt .pptx .pptm .odt .ods .odp .epub .rtf .pages .numbers .key'),
  text: words(
    '.md .markdown .mdx .mdc .rst .adoc .org .txt .text .log .csv .tsv .json .jsonc .jsonl .yaml .yml .toml .ini .xml .html .htm .css .license .example',
  ),
};

/** What the extension says the content is for; undefined where it says nothing we would hold it to. */
export function claimOf(extension: string): Claim | undefined {
  return (Object.keys(claimLists) as Claim[]).find((claim) => claimLists[claim].has(extension));
}

/** Documents that are containers by their format: no contradiction there. */
export const containerDocuments = words('.docx .docm .xlsx .xlsm .pptx .pptm .odt .ods .odp .epub .pages .numbers .key .doc .xls .ppt .svgz');
