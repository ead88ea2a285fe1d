/** What the page of a change adds to ../style.ts: two columns, old on the left, new on the right. Loads nothing either. */
export const sides = `
:root{--gone:#ffecea;--came:#e6f6ec;--gone-mark:#ffc9c2;--came-mark:#b7e6c8;--void:#f3f3f0}
@media (prefers-color-scheme:dark){:root{--gone:#361a18;--came:#12301f;--gone-mark:#6b2a23;--came-mark:#1d5735;--void:#17181a}}
main{max-width:100rem}
.verdict .says{max-width:62rem}
.pair{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:.9rem;margin-top:.9rem;align-items:start}
.pair>*{min-width:0}
.pair>section>h3,.pair>.card>h3{font-size:.8rem;letter-spacing:.05em;color:var(--soft);font-weight:600;margin-bottom:.5rem}
.pair .card{margin-bottom:.9rem}
.pair .card p{overflow-wrap:anywhere}
.small{font-size:.85rem;color:var(--soft)}
.changes{table-layout:fixed}
.changes th:first-child{width:8.5rem}
.changes td{overflow-wrap:anywhere}
.changes .none{color:var(--soft)}
.minus,.plus{border-radius:6px;padding:.08rem .45rem}
.minus{background:var(--gone)}
.plus{background:var(--came)}
.held{color:var(--tone);font-weight:650;font-size:.82rem;white-space:nowrap}
.sides{table-layout:fixed;font-family:ui-monospace,SFMono-Regular,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;font-size:.8rem;line-height:1.5}
.sides th,.sides td{min-width:0;padding:0 .5rem;border:0;vertical-align:top}
.sides th{padding:.35rem .5rem;font-family:system-ui,sans-serif;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
.sides .no{width:3.6rem;text-align:right;color:var(--soft);user-select:none}
.sides td.code{white-space:pre-wrap;overflow-wrap:anywhere;tab-size:4}
.sides .sign{user-select:none;display:inline-block;width:1.1em;margin-left:-.2em}
.sides .gone{background:var(--gone)}.sides .came{background:var(--came)}.sides .void{background:var(--void)}
.sides mark{color:inherit;border-radius:3px}
.sides .gone mark{background:var(--gone-mark)}.sides .came mark{background:var(--came-mark)}
.sides .gap td{text-align:center;color:var(--soft);background:var(--void);padding:.15rem}
.why{display:inline-block;margin-left:.6em;padding:0 .5em;border:1px solid currentColor;border-radius:99px;background:var(--card);color:var(--tone);font-family:system-ui,sans-serif;font-size:.72rem;user-select:none}
.code .esc{--tone:var(--incomplete)}
.file{padding:0;overflow:hidden}
.file>details{margin:0}
.file summary{padding:.6rem 1rem}
.file .note{padding:.2rem 1rem .6rem;color:var(--soft);font-size:.85rem}
.file .scroll:focus-visible{outline:2px solid var(--link);outline-offset:-2px}
.toc{columns:2 22rem;margin:0 0 .9rem;padding:0;list-style:none;font-size:.88rem}
.toc li{overflow-wrap:anywhere;break-inside:avoid;padding:.1rem 0}
.toc a:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:3px}
@media (max-width:48rem){.pair{grid-template-columns:minmax(0,1fr)}.sides .no{width:2.6rem;padding:0 .25rem}.scroll .sides{min-width:38rem}.changes th:first-child{width:6rem}}
`;
