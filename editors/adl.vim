" Vim syntax of ADL, the Analysis Description Language, edition 2026.
" Keywords are those of grammar/adl.pest; a test of the compiler compares them.

if exists("b:current_syntax")
  finish
endif

syntax case ignore
syntax keyword adlBlock adl include optional info define def best object obj composite region algo algorithm histoList countsformat table schema
syntax keyword adlLater systematic correction model estimate normalise sort trigger file
syntax keyword adlStatement take using select cut cmd reject weight bin bins histo profile blind print save counts process
syntax keyword adlSetting nvars errors outside tabletype error clamp true false tree detect without event collection size attribute particle with single transverse alias simulation unit columns largest histogram sections reference link links to inverse through until via metadata column times csv parquet root rntuple stat syst
syntax keyword adlClause where by from in per weighted underflow overflow disjoint cartesian intrinsic
syntax keyword adlOperator and or not
syntax match adlNumber "\v<\d+(\.\d*)?(e[+-]?\d+)?>|\.\d+(e[+-]?\d+)?>"
syntax region adlString start=+"+ end=+"+ oneline
syntax match adlComment "#.*$"

highlight default link adlBlock Structure
highlight default link adlLater PreProc
highlight default link adlStatement Statement
highlight default link adlSetting Keyword
highlight default link adlClause Keyword
highlight default link adlOperator Operator
highlight default link adlNumber Number
highlight default link adlString String
highlight default link adlComment Comment

let b:current_syntax = "adl"
