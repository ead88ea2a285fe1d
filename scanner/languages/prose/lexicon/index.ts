/** The tongues besides English. One line each. */
import type { Lexicon } from './contract.ts';
import german from './de.ts';
import spanish from './es.ts';
import french from './fr.ts';
import italian from './it.ts';
import japanese from './ja.ts';
import korean from './ko.ts';
import dutch from './nl.ts';
import portuguese from './pt.ts';
import russian from './ru.ts';
import chinese from './zh.ts';

export const lexicons: readonly Lexicon[] = [german, french, spanish, portuguese, italian, dutch, russian, chinese, japanese, korean];
