/** The one style sheet of the HTML report. No fonts, images or imports: the page loads nothing. Its hash is the only thing the page's policy allows. */
export const css = `
:root{color-scheme:light dark;--bg:#fbfbfa;--card:#fff;--ink:#1c1d21;--soft:#63666f;--line:#e4e4e1;--code:#f5f5f2;--block:#b42318;--review:#9a6400;--incomplete:#7a3fa8;--pass:#18794e;--link:#2558c9;--mark:#ffe3df;--mark-review:#fff0c9;--step:#dfe9ff}
@media (prefers-color-scheme:dark){:root{--bg:#131416;--card:#1b1c1f;--ink:#e9e9e6;--soft:#9b9ea7;--line:#2d2f34;--code:#141517;--block:#ff8a7a;--review:#f0c04f;--incomplete:#cf9bf5;--pass:#5fcf97;--link:#8fb2ff;--mark:#5a211b;--mark-review:#4c3a0d;--step:#1f315c}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;overflow-wrap:anywhere;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:62rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
code,pre,.mono{font-family:ui-monospace,SFMono-Regular,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;font-size:.86em}
h1,h2,h3,p{margin:0}
h1{font-size:1.75rem;line-height:1.2;letter-spacing:-.015em;overflow-wrap:anywhere}
h2{font-size:.8rem;letter-spacing:.07em;text-transform:uppercase;color:var(--soft);margin:2.75rem 0 .9rem}
.as{text-transform:none;letter-spacing:0}
h3{font-size:1.02rem;line-height:1.4;overflow-wrap:anywhere}
a{color:var(--link)}
.brand{font-size:.82rem;color:var(--soft);margin-bottom:1.6rem;display:flex;justify-content:space-between;gap:1rem}
.brand b{color:var(--ink);letter-spacing:-.01em}
.verdict{background:var(--card);border:1px solid var(--line);border-left:6px solid var(--tone);border-radius:10px;padding:1.5rem 1.6rem}
.word{color:var(--tone);font-weight:700;letter-spacing:.06em;text-transform:uppercase;font-size:.85rem}
.verdict .says{margin-top:.5rem;font-size:1.06rem;overflow-wrap:anywhere}
.verdict .about{margin-top:.35rem;color:var(--soft);overflow-wrap:anywhere}
.facts{display:flex;flex-wrap:wrap;gap:.3rem 1.6rem;margin-top:1.1rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--soft);font-size:.86rem}
.facts b{color:var(--ink);font-weight:600}
.block{--tone:var(--block)}.review{--tone:var(--review)}.incomplete{--tone:var(--incomplete)}.pass{--tone:var(--pass)}.capability{--tone:var(--soft)}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1.15rem 1.35rem;margin-bottom:.9rem}
.finding{border-left:4px solid var(--tone)}
.finding .rule{font-size:.82rem;color:var(--soft);display:flex;flex-wrap:wrap;gap:.15rem .8rem;margin-bottom:.3rem}
.finding .rule b{color:var(--tone)}
.chips{display:flex;flex-wrap:wrap;gap:.35rem;margin:.7rem 0 0;padding:0;list-style:none}
.chip{overflow-wrap:anywhere;max-width:100%;border:1px solid var(--line);border-radius:99px;padding:.05rem .65rem;font-size:.8rem;color:var(--soft)}
.finding .rule,.facts,.fix{min-width:0;overflow-wrap:anywhere}
.fix{margin-top:.8rem;font-size:.95rem}
.fix b{font-weight:600}
.frame{margin:.9rem 0 0;border:1px solid var(--line);border-radius:8px;background:var(--code);overflow:hidden}
.frame .where{padding:.35rem .8rem;border-bottom:1px solid var(--line);font-size:.8rem;color:var(--soft);overflow-wrap:anywhere}
.frame pre{margin:0;padding:.55rem 0;overflow-x:auto;line-height:1.6;tab-size:4}
.frame .row{display:block;padding:0 .8rem 0 0;white-space:pre}
.frame .no{display:inline-block;width:4.2em;padding-right:1.1em;text-align:right;color:var(--soft);user-select:none}
.frame mark{background:var(--mark);color:inherit;border-radius:3px;padding:.05em 0;box-shadow:inset 0 -2px 0 var(--tone)}
.review .frame mark{background:var(--mark-review)}
.esc{color:var(--tone,var(--incomplete));border:1px solid currentColor;border-radius:3px;padding:0 .15em;font-size:.85em}
details{margin-top:.9rem}
summary{overflow-wrap:anywhere;cursor:pointer;color:var(--link);font-size:.9rem}
summary:focus-visible{outline:2px solid var(--link);outline-offset:3px;border-radius:3px}
.trace{list-style:none;margin:.4rem 0 0;padding:0;counter-reset:step}
.trace li{position:relative;padding:.3rem 0 .6rem 2.4rem}
.trace li::before{counter-increment:step;content:counter(step);position:absolute;left:0;top:.35rem;width:1.55rem;height:1.55rem;border-radius:50%;background:var(--step);text-align:center;font-size:.78rem;line-height:1.55rem;font-weight:600}
.trace li:not(:last-child)::after{content:"";position:absolute;left:.75rem;top:2.1rem;bottom:-.2rem;width:1px;background:var(--line)}
.trace p{overflow-wrap:anywhere}
.trace .frame{margin-top:.5rem}
.grid{display:grid;grid-template-columns:8.5rem minmax(0,1fr);gap:.55rem 1rem;margin:0}
.grid dt{color:var(--soft);font-size:.9rem;padding-top:.12rem}
.grid dd{margin:0;min-width:0;display:flex;flex-wrap:wrap;gap:.35rem}
.able{background:var(--code);border:1px solid var(--line);border-radius:6px;padding:.08rem .5rem;overflow-wrap:anywhere;max-width:100%}
.able.dynamic{border-style:dashed;border-color:var(--review);color:var(--review)}
.scroll{overflow-x:auto}
table{width:100%;border-collapse:collapse;font-size:.92rem}
th{text-align:left;color:var(--soft);font-weight:500;font-size:.82rem}
th,td{min-width:4.5rem;padding:.5rem .9rem .5rem 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
@media (max-width:38rem){.scroll table{min-width:30rem}}
tr:last-child td{border-bottom:0}
td.num{white-space:nowrap;color:var(--soft)}
.tag{color:var(--tone);font-weight:650;white-space:nowrap}
.bar{display:flex;height:.6rem;border-radius:99px;overflow:hidden;background:var(--line);margin-top:1.1rem}
.bar i{background:var(--tone);flex:1}
.added b{color:var(--pass)}.removed b{color:var(--block)}
ul.plain{list-style:none;margin:0;padding:0}
ul.plain li{padding:.2rem 0;overflow-wrap:anywhere}
footer{margin-top:3rem;padding-top:1.1rem;border-top:1px solid var(--line);color:var(--soft);font-size:.8rem;overflow-wrap:anywhere}
footer p{margin:.15rem 0}
@media (max-width:38rem){main{padding:1.4rem .9rem 3rem}.grid{grid-template-columns:minmax(0,1fr);gap:.15rem}.grid dd{margin-bottom:.6rem}.verdict,.card{padding:1rem}.frame .no{width:3.1em;padding-right:.8em}h1{font-size:1.45rem}}
@media print{:root{--bg:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--code:#fff}main{max-width:none;padding:0}.card,.verdict,.frame{break-inside:avoid}.frame pre{white-space:pre-wrap}.frame .row{white-space:pre-wrap}details>summary{display:none}details::details-content{content-visibility:visible;display:block;height:auto}}
`;
