/** The one style sheet of the pages, and their icon. System fonts, no imports, no images but the icon: a page loads this and nothing else. */
import { createHash } from 'node:crypto';

export const css = `:root{color-scheme:light dark;--bg:#fbfbfa;--card:#fff;--ink:#1c1d21;--soft:#5f626b;--line:#e3e3df;--code:#f4f4f0;--accent:#2558c9;--accent-ink:#fff;--block:#b42318;--review:#8a5a00;--incomplete:#7a3fa8;--pass:#18794e;--wash:#eef2fb}
@media (prefers-color-scheme:dark){:root{--bg:#131416;--card:#1a1b1e;--ink:#e9e9e6;--soft:#a0a3ac;--line:#2e3035;--code:#141517;--accent:#8fb2ff;--accent-ink:#10131a;--block:#ff8a7a;--review:#f0c04f;--incomplete:#cf9bf5;--pass:#5fcf97;--wash:#1b2233}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;background:var(--bg);color:var(--ink);font:15.5px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
h1,h2,h3,p,ul,ol,dl,dd,pre,figure{margin:0;padding:0}
h1{font-size:1.7rem;line-height:1.2;letter-spacing:-.018em;font-weight:650}
h2{font-size:.78rem;letter-spacing:.07em;text-transform:uppercase;color:var(--soft);font-weight:600;margin:2.4rem 0 .8rem}
h3{font-size:1rem;line-height:1.4}
code,pre,.mono,kbd{font-family:ui-monospace,SFMono-Regular,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;font-size:.87em}
a{color:var(--accent);text-underline-offset:.15em;text-decoration-thickness:1px}
a:hover{text-decoration-thickness:2px}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.6rem;background:var(--card);padding:.4rem .8rem;z-index:2}
.top{border-bottom:1px solid var(--line);background:var(--card)}
.top>div,main,.foot>div{max-width:66rem;margin:0 auto;padding-left:1.25rem;padding-right:1.25rem}
.top>div{display:flex;flex-wrap:wrap;align-items:center;gap:.3rem 1.4rem;padding-top:.7rem;padding-bottom:.7rem}
.brand{font-weight:650;letter-spacing:-.01em;color:var(--ink);text-decoration:none;margin-right:auto;display:flex;align-items:center;gap:.55rem}
.brand img{width:1.25rem;height:1.25rem}
.top nav{display:flex;flex-wrap:wrap;align-items:center;gap:.2rem 1.2rem;font-size:.92rem}
.top nav a{color:var(--soft);text-decoration:none;padding:.15rem 0}
.top nav a:hover{color:var(--ink)}
.top nav a[aria-current]{color:var(--ink);box-shadow:0 2px 0 var(--accent)}
.top form{display:inline}
main{padding-top:2rem;padding-bottom:4rem;width:100%;flex:1}
.foot{border-top:1px solid var(--line);color:var(--soft);font-size:.82rem}
.foot>div{padding-top:1rem;padding-bottom:1.6rem}
h1.mono{font-size:1.2rem;letter-spacing:0;margin-bottom:1rem}
.crumbs{font-size:.87rem;margin-bottom:.5rem}
.lead{color:var(--soft);margin-top:.4rem;max-width:46rem}
.soft,.when{color:var(--soft)}
.small{font-size:.87rem}
.lines>*+*{margin-top:.35rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1.1rem 1.3rem}
.card+.card{margin-top:.9rem}
.block{--tone:var(--block)}.review{--tone:var(--review)}.incomplete,.failed,.none{--tone:var(--incomplete)}.pass{--tone:var(--pass)}
.verdict{border-left:5px solid var(--tone,var(--soft))}
.word{color:var(--tone,var(--soft));font-weight:650}
.word.big{font-size:.84rem;letter-spacing:.06em;text-transform:uppercase}
.says{margin-top:.3rem;font-size:1.05rem}
.note{border-left:4px solid var(--review);background:var(--card);border-radius:0 8px 8px 0;padding:.7rem 1rem;margin:1rem 0}
.note.bad{border-color:var(--block)}.note.good{border-color:var(--pass)}
label{display:block;font-weight:600;font-size:.9rem;margin-bottom:.3rem}
.hint{color:var(--soft);font-size:.87rem;margin-top:.3rem}
input[type=text],input[type=search],input[type=password],textarea{width:100%;font:inherit;color:inherit;background:var(--card);border:1px solid var(--soft);border-radius:7px;padding:.5rem .7rem}
textarea{min-height:4.6rem;resize:vertical}
button,.button{font:inherit;font-weight:600;border:1px solid var(--accent);border-radius:7px;padding:.45rem 1.05rem;background:var(--accent);color:var(--accent-ink);cursor:pointer;text-decoration:none;display:inline-block}
button.plain,.button.plain{background:transparent;color:var(--ink);border-color:var(--soft)}
button.danger{background:transparent;color:var(--block);border-color:var(--block)}
button.link{background:none;border:0;padding:.15rem 0;color:var(--soft);font-weight:400}
button.link:hover{color:var(--ink)}
.search{display:flex;gap:.6rem;margin:1.3rem 0 1.6rem;max-width:46rem}
.search input{min-width:0;flex:1}
.actions{display:flex;flex-wrap:wrap;gap:.7rem;align-items:center;margin-top:.9rem}
.check{display:flex;gap:.6rem;align-items:flex-start;font-weight:400;font-size:.93rem;margin-top:.7rem}
.check input{margin-top:.28rem;width:1.05rem;height:1.05rem;accent-color:var(--accent);flex:none}
.narrow{max-width:30rem}
.skills{list-style:none;border-top:1px solid var(--line)}
.skills>li{border-bottom:1px solid var(--line);padding:.75rem 0;display:grid;grid-template-columns:minmax(0,1fr) auto;gap:.1rem 1.2rem}
.skills .name{font-weight:600;font-size:1.02rem}
.skills .name a{color:var(--ink);text-decoration:none}
.skills .name a:hover{text-decoration:underline}
.skills .about{grid-column:1;color:var(--soft);max-width:50rem;display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical;overflow:hidden}
.skills .meta{grid-column:2;grid-row:1;text-align:right;font-size:.87rem;color:var(--soft);white-space:nowrap}
.pager{display:flex;gap:1.2rem;margin-top:1.2rem}
.grid{display:grid;grid-template-columns:9rem minmax(0,1fr);gap:.5rem 1.1rem}
.grid dt{color:var(--soft);font-size:.9rem;padding-top:.1rem}
.grid dd{min-width:0}
.chips{display:flex;flex-wrap:wrap;gap:.35rem;list-style:none}
.chip{background:var(--code);border:1px solid var(--line);border-radius:6px;padding:.06rem .5rem;max-width:100%}
.chip.open{border-style:dashed;border-color:var(--review);color:var(--review)}
.tag{border:1px solid currentColor;border-radius:99px;padding:0 .6rem;font-size:.8rem;white-space:nowrap}
.more{color:var(--soft);font-size:.87rem;align-self:center}
.added{color:var(--review)}.removed{color:var(--soft)}
.diff{list-style:none}
.diff li{padding:.12rem 0}
pre.cmd{background:var(--code);border:1px solid var(--line);border-radius:8px;padding:.6rem .8rem;white-space:pre-wrap;overflow-wrap:anywhere;margin-top:.3rem}
.digest{word-break:break-all}
table{width:100%;border-collapse:collapse;font-size:.93rem}
th{text-align:left;color:var(--soft);font-weight:500;font-size:.84rem}
th,td{padding:.45rem 1rem .45rem 0;border-bottom:1px solid var(--line);vertical-align:top}
tr:last-child td{border-bottom:0}
.scroll{overflow-x:auto}
.findings{list-style:none}
.findings>li{padding:.55rem 0;border-top:1px solid var(--line)}
.findings>li:first-child{border-top:0}
.findings .rule{color:var(--tone,var(--soft));font-weight:650}
.findings .frame{margin-top:.35rem;background:var(--code);border:1px solid var(--line);border-radius:7px;padding:.4rem .7rem;overflow-x:auto;white-space:pre;tab-size:4}
.waiting{margin-top:1.4rem}
.waiting>.card>.grid{margin-top:1.4rem}
.waiting>.card{margin-bottom:1.3rem}
.waiting header{display:flex;flex-wrap:wrap;gap:.2rem 1rem;align-items:baseline}
.waiting h3{font-size:1.12rem}
.sides{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:0 2rem}
details>summary{cursor:pointer;color:var(--accent);font-size:.92rem;margin-top:.8rem}
hr{border:0;border-top:1px solid var(--line);margin:1.1rem 0}
.file table{border:1px solid var(--line);background:var(--card)}
.file td{border:0;padding:0 .8rem;line-height:1.6}
.file .no{width:1%;text-align:right;color:var(--soft);user-select:none;font-size:.82rem}
.file .line{white-space:pre-wrap;overflow-wrap:anywhere;tab-size:4}
.code-input{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;letter-spacing:.12em;text-transform:uppercase}
@media (max-width:44rem){body{font-size:15px}main{padding-top:1.3rem}.sides{grid-template-columns:minmax(0,1fr)}.grid{grid-template-columns:minmax(0,1fr);gap:.1rem}.grid dd{margin-bottom:.6rem}.skills>li{grid-template-columns:minmax(0,1fr)}.skills .meta{grid-column:1;grid-row:auto;text-align:left;white-space:normal}.card{padding:.9rem 1rem}h1{font-size:1.4rem}.scroll:not(.file) table{min-width:34rem}}
@media print{.top nav,form,.skip{display:none}}
`;

/** A seal on a stack of pages, in one colour that reads on light and dark. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#2f6fed" d="M16 2 4 6.5v9C4 22.6 9 27.9 16 30c7-2.1 12-7.4 12-14.5v-9z"/><path fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round" d="m10.5 16 4 4 7.5-8"/></svg>
`;

const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
/** Changes with its content, so that browsers may keep it. */
export const cssPath = `/assets/style-${short(css)}.css`;
export const iconPath = `/assets/icon-${short(icon)}.svg`;
