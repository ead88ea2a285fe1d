/** Spanish. */
import { type Lexicon, list } from './contract.ts';

const spanish: Lexicon = {
  tongue: 'es',
  script: 'words',
  verbs: {
    ignore: list(`
      ignora | ignore | ignorad | ignorar | ignoren | olvida | olvide | olvidar | descarta | descarte | descartar | haz caso omiso |
      haga caso omiso | desestima | omite las | deja de lado | deje de lado | no tengas en cuenta | no tenga en cuenta
    `),
    override: list(`anula | anule | anular | sobrescribe | reemplaza | reemplace | sustituye | elude | evade | sáltate | salta`),
    conceal: list(`oculta | oculte | ocultar | esconde | esconda | esconder | encubre | disimula | mantén en secreto | mantenga en secreto | calla`),
    tell: list(`
      digas | diga | decir | dile | le digas | decirle | menciones | mencione | mencionar | menciona | informes | informe | informar |
      informa | muestres | muestre | mostrar | avises | avise | avisar | reveles | notifiques | notificar | cuentes | comentes | expliques |
      avisarle | informarle | decírselo | sepa
    `),
    reveal: list(`revela | revele | revelar | divulga | divulgue | divulgar`),
    send: list(`
      envía | envíe | enviar | envíalo | envíala | manda | mande | mandar | sube | suba | subir | transmite | transmita | transmitir |
      reenvía | reenviar | publica | comparte | envíes
    `),
    run: list(`ejecuta | ejecute | ejecutar | ejecutes | inicia | inicie | lanza`),
    install: list(`instala | instale | instalar`),
    download: list(`descarga | descargue | descargar | baja | obtén`),
    open: list(`abre | abra | abrir | visita | visite | haz clic | haga clic`),
    copy: list(`copia | copie | copiar`),
    paste: list(`pega | pegue | pegar | pégalo`),
    unlock: list(`descomprime | descomprima | extrae | extraiga | extraer | desbloquea`),
    decode: list(`decodifica | decodifique | decodificar | descodifica | descifra`),
    follow: list(`sigue | siga | seguir | obedece | obedezca | obedecer | obedezcas | sigas | cumple`),
    read: list(`lee | lea | leer | leas`),
    collect: list(`recopila | recopile | recopilar | recoge | reúne | busca | busque`),
    approve: list(`aprueba | apruebe | aprobar | acepta | acepte | autoriza | autorice | confirma | confirme`),
    ask: list(`preguntes | preguntar | pregunta | pregunte | pidas | pedir | pida | preguntarle | esperar | esperes | solicitar`),
    disable: list(`desactiva | desactive | desactivar | deshabilita | deshabilitar`),
    delete: list(`borra | borre | borrar | elimina | elimine | eliminar`),
    write: list(`escribe | escriba | escribir | añade | añada | añadir | agrega | agregue | guarda | guarde`),
    remember: list(`recuerda | recuerde | memoriza | memorice`),
    pay: list(`paga | pague | pagar | transfiere | transfiera | compra | compre`),
    require: list(`requiere | necesita | necesario | obligatorio`),
    rate: list(`marca | marque | clasifica | clasifique | considera | considere | califica`),
    impersonate: list(`ahora eres | actúa como | actúe como | finge | hazte pasar`),
  },
  objects: {
    instructions: list(`instrucción | instrucciones | indicación | indicaciones | directriz | directrices | todo lo anterior | pautas | lo anterior`),
    safety: list(`reglas de seguridad | normas de seguridad | medidas de seguridad | políticas de seguridad | restricciones | filtros de seguridad`),
    'system-prompt': list(`prompt del sistema | prompt de sistema | mensaje del sistema | instrucciones del sistema`),
    user: list(`usuario | usuarios | usuaria | nadie | cliente | persona | respuesta | resumen`),
    secret: list(`
      contraseña | contraseñas | clave | claves | credenciales | token | tokens | secretos | clave privada | claves privadas | claves api |
      claves de api | clave de api | claves ssh
    `),
    environment: list(`variables de entorno`),
    context: list(`conversación | historial | datos personales | mensajes`),
    confirmation: list(`confirmación | permiso | aprobación | autorización | preguntar | confirmar | consentimiento`),
    action: list(`este paso | esta acción | este archivo | estas instrucciones | esto | eso | nada | este envío | esta operación | lo que hiciste`),
    archive: list(`archivo zip | zip | archivo comprimido`),
    executable: list(`ejecutable | instalador | programa`),
    file: list(`archivo | archivos | fichero | ficheros | contenido | carpeta`),
    command: list(`comando | comandos | línea | orden`),
    terminal: list(`terminal | consola | símbolo del sistema`),
    tool: list(`herramienta | utilidad | software | aplicación`),
    link: list(`enlace | dirección | url`),
    'web-page': list(`página | sitio`),
    password: list(`contraseña`),
    verdict: list(`seguro | segura | benigno | benigna | inofensivo | inofensiva`),
    scanner: list(`escáner | auditor | revisor | analizador`),
    money: list(`dinero | fondos | pago`),
    log: list(`registro | registros | rastro | rastros`),
    sandbox: list(`sandbox`),
  },
  weak: {
    instructions: list(`regla | reglas | normas | mensajes | órdenes | contexto | comandos`),
  },
  qualifiers: list(`anterior | anteriores | previo | previas | previos | todas | todos | tus | sus | originales | precedentes | iniciales`),
  marks: {
    not: list(`no | nunca | jamás | sin | ningún | ninguna | evita | evite | evitar | en lugar de | en vez de | prohibido | niégate`),
    must: list(`debe | debes | deben | siempre | hay que | tienes que`),
    should: list(`debería | deberías`),
    may: list(`puede | puedes | podría`),
    if: list(`si | cuando | antes de | después de | siempre que`),
    fail: list(`no olvides | no olvide | no te olvides | no dudes | no dude`),
    report: list(`
      atacante | atacantes | ataque | ataques | por ejemplo | como | tales como | intenta | intentan | intentos | dice | dicen | pide |
      piden | diga | frases | ejemplo | textos que | texto que
    `),
    quiet: list(`silenciosamente | en silencio | discretamente | en secreto | secretamente | a escondidas`),
    other: list(`atacante | esta habilidad | este skill | el script | este script`),
  },
  stopwords: list(`
    el | la | los | las | y | es | de | del | un | una | no | que | para | en | con | sin | por | al | se | lo | su | tu | todas | este |
    esta | si | nunca | usuario | anteriores | le
  `),
};
export default spanish;
