"""Words the match keys know: titles, nicknames, legal forms, free-mail providers, city and street spellings."""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Dropped in front of a name (folded, without dots).
TITLES = _set(
    """mr mrs ms miss mx dr drs prof professor sir dame lady lord rev fr hon capt cpt col lt sgt maj gen
    judge herr frau hr fr dipl ing mag mgr bc phdr judr mudr mvdr rndr paeddr thdr doc csc m mme mlle monsieur madame
    mademoiselle me sr sra srta don dona senor senora dhr mevr mw sig sigra dott dottssa avv arch geom rag pan pani
    szan hru fru doktor shri smt sri haji hajah"""
)
# Dropped behind a name.
DEGREES = _set("phd md mba msc bsc ba ma esq cpa cfa dds dvm rn pe pmp dipl ing csc drsc llm llb jd bcom mphil emba")
# Behind a name: father and son are two people.
GENERATIONS = {"jr": "jr", "junior": "jr", "sr": "sr", "senior": "sr", "ii": "ii", "iii": "iii", "iv": "iv"}
# Belong to the family name that follows.
PARTICLES = _set(
    """van von der den de del della di da do dos das du la le les lo el al bin ibn ben bint abu ter ten
    zu zum zur af av san santa st saint mac mc"""
)

# formal name: the everyday forms of it. A form may belong to several names (chris, alex, sasha).
_NICKNAMES = """
aaron:ron,ronnie abigail:abby,gail abraham:abe,bram adam:ad adelaide:addie,heidi adrian:ade agnes:aggie,nessa
albert:al,bert,bertie alexander:alex,al,sandy,sasha,xander,lex,alec,olek,ales
alexandra:alex,sandra,sasha,lexi,ola,saska alexandre:alex alfred:al,fred,alf,alfie alice:ali,ally allison:ally,ali
alison:ally,ali alejandro:alex,ale,jandro amanda:mandy,manda amelia:amy,millie andrea:andi,drea andreas:andi,andy
andrew:andy,drew,dru andrzej:jedrek,andrzejek angela:angie angelica:angie
anna:ann,annie,anne,anya,anka,ania,aneta,annika,anja anne:ann,annie,anna annabelle:anna,belle
anastasia:nastassia,nastya,stacy,ana anthony:tony,ant antonio:tony,toni,tonio,nino antonia:toni,tonia arthur:art,artie
archibald:archie augustus:gus,august barbara:barb,babs,barbie,basia bartholomew:bart,barry beatrice:bea,trixie
benedict:ben benjamin:ben,benny,benji bernadette:bernie bernard:bernie,bern bernhard:bernd bertha:bertie bradley:brad
brandon:brand brian:bri,bryan bridget:biddy,bridie calvin:cal cameron:cam carl:karl caroline:carrie,caro,lina,carol
carolyn:carol,carrie,lyn cassandra:cass,cassie,sandra catherine:cathy,cate,kate,katie,cat,kitty,cath,kathy,kat
cecilia:cece,celia,sissy charles:charlie,chuck,chas,chip,charley charlotte:charlie,lottie,lotte,char
christian:chris,christan christina:chris,tina,chrissy,christy,kristina christine:chris,tina,chrissy,christy
christopher:chris,kit,topher,kris christoph:chris,stoph clara:claire clarence:clare claudia:claudi clifford:cliff
clinton:clint constance:connie cornelius:neil,con,corny cornelia:nelly,conny curtis:curt cynthia:cindy,cyn
daniel:dan,danny,dani,danek daniela:dani,dana danielle:dani darlene:darla,darletta,dar david:dave,davey,davie,dawid
deborah:deb,debbie,debby debra:deb,debbie dennis:denny,den diana:di,diane dimitri:dima,mitya dmitri:dima,mitya
dmitry:dima,mitya dominic:dom,nick dominik:domi donald:don,donnie,donny dorothea:dora,thea,dorle
dorothy:dot,dottie,dolly,dora,dory douglas:doug duncan:dunc dwight:ike edith:edie edmund:ed,eddie,ned,ted
eduardo:edu,lalo,eddie edward:ed,eddie,ned,ted,teddy,eddy edwin:ed,eddie edwina:winnie eileen:ellie
eleanor:ellie,nell,nora,ella,elle,lenny elena:lena,helena elisabeth:lisa,elsa,lisbeth,sissi,betty,elli,liesl
elizabeth:liz,beth,betty,eliza,lizzie,liza,betsy,libby,lisa,elsie,ella,bess,lizzy,buffy,bette emanuel:manny,manu
emily:em,emmy,millie emma:em,emmy enrique:quique,kike ernest:ernie ernst:erni esther:essie,hettie eugene:gene
eugenia:genie evangeline:eva,angie evelyn:eve,evie,lyn ewa:ewka ferdinand:ferdi,ferdy fernando:nando
florence:flo,flossie frances:fran,fanny,frankie,franny francis:frank,fran,frankie
francisco:paco,pancho,fran,curro,cisco francesco:franco,checco,ciccio francesca:franca,checca,fran
franklin:frank,frankie frederick:fred,freddy,freddie,fritz,rick,eric friedrich:fritz,fred,friedel
gabriel:gabe,gabi,gab gabriele:gabi,gaby gabriela:gabi,gaby,gabby gabrielle:gabby,gabi geoffrey:geoff,jeff,jeffrey
george:georgie,geo georg:jorg,schorsch georgina:gina,georgie gerald:gerry,jerry,ger gerard:gerry,jerry
gerhard:gerd,gert gertrude:trudy,gertie,gert giovanni:gianni,vanni,nino giuseppe:beppe,pino,peppe,peppino
giuseppina:pina gilbert:gil,bert grace:gracie graham:gray gregory:greg,gregg,grigor grzegorz:grzesiek guadalupe:lupe
guillermo:memo,guille gustav:gus,gustl gwendolyn:gwen,wendy hannah:anna,hanna hans:hansi harold:hal,harry
harriet:hattie harrison:harry heinrich:heinz,heiner,henry helen:nell,ellie,lena helena:lena,helen,ela
henrietta:hattie,etta,hetty henry:harry,hank,hal,henri herbert:herb,bert,bertie herman:herm hermann:hermi
howard:howie,ward hubert:hugh,bert,hub hugh:hughie,hugo ignacio:nacho irene:rene irina:ira,irka isaac:ike,zak
isabel:izzy,bella,isa,belle isabella:izzy,bella,isa,belle israel:izzy ivan:vanya,vanja jacek:jacus
jacob:jake,jay,jack,coby jacqueline:jackie,jacqui,jacky jakob:jakub,kuba,jockel jakub:kuba,kubik,jakob
james:jim,jimmy,jamie,jem,jimmie,jay jan:honza,jenda,janek,jasiek jane:janie,jenny,janey janet:jan,jenny janice:jan
jaroslav:jarda,slava jason:jay jean:jeannie jeffrey:jeff,geoff,geoffrey jennifer:jen,jenny,jenn,jenni
jeremiah:jerry,jem jeremy:jerry,jem jerome:jerry jessica:jess,jessie,jessi joachim:jo,achim,jochen joan:joanie,jo
joanna:jo,joan,asia,joasia joanne:jo,joan joao:joaozinho joaquin:quino jochen:jo johann:hans,jo,hannes
johannes:hannes,hans,jo,johann johanna:hanna,jo john:jack,johnny,jon,jackie,johnnie jonathan:jon,john,jonny,nathan
jordan:jordi,jord jorge:coque jose:pepe,chepe,joselito joseph:joe,joey,jos,jo josef:sepp,pepi,pepa,josef
josephine:jo,josie,fina,josy joshua:josh joyce:joy juan:juanito,juancho judith:judy,jude julia:jules,julie,jule
julian:jules,jule julie:jules,julia justin:jus karl:carl,kalle karel:kaja,karlik karen:kari katarina:kat,katka,kata
katarzyna:kasia,kaska,katia kaylee:kay,keeley,kayley kateryna:katya,katia ekaterina:katya,katia,kate
katherine:kate,kathy,katie,kat,kathie,kit,kitty,kay,katy katharina:kathi,katja,kathrin,kati,kata
kathleen:kathy,kath,kate,katie kathryn:kathy,kate,kate,katie,kat kenneth:ken,kenny kevin:kev kimberly:kim,kimmy
kimberley:kim klaus:nikolaus konrad:conny,kurt konstantin:kostya,kosta,konni kristina:kris,tina,kristin,christina
kristen:kris,kristin krzysztof:krzysiek,krzys,kris lars:lasse laura:laurie,lori lauren:laurie,ren
lawrence:larry,laurie,lawrie,lars laurence:larry,laurie leonard:len,leo,lenny,leon leonardo:leo,nardo
leopold:leo,poldi leslie:les lewis:lew,louis lillian:lil,lily,lilly linda:lindy,lyn lorenzo:renzo,enzo
louis:lou,louie,luis,lewis louise:lou,lulu lucas:luke,luc lucia:lucy,luz lucille:lucy,lucie ludwig:lutz,wiggerl,luis
luigi:gigi,gino luis:luisito,lucho,luisinho luise:lulu lukas:luke,luki lydia:lyddie madeline:maddie,maddy
madeleine:maddie,maddy,lena magdalena:lena,magda,madda,maggie,leni malgorzata:gosia,malgosia,gocha
manuel:manolo,manny,manu,lolo manuela:manu marcus:marc,mark marek:mareczek
margaret:maggie,peggy,meg,marge,margie,madge,greta,rita,daisy,margo,mags,peg,peggie margarete:gretel,grete,greta,gitta
margarita:rita,marga maria:mia,ria,marie,mary,maja,mariechen,marysia,masha,mitzi,mari mariana:mari,ana
marianne:mari,anne marie:mimi,maria,mary marilyn:mary,lyn,marie marion:mari marjorie:marge,margie
mark:marc,marcus,marco markus:mark martha:marty,marta,mattie martin:marty,mart,tin martina:tina
mary:molly,polly,mae,maria,marie,mamie,mollie mateusz:mati matilda:tilda,tilly,mattie matthew:matt,matty,mat
matthias:matze,hias,mats,matt maurice:mo,maury maureen:mo,reenie maximilian:max,maxi,maks maxwell:max megan:meg
mehmet:memo melanie:mel melissa:mel,missy,lissa mercedes:merche,mercy
michael:mike,mick,mickey,mikey,micky,michi,mitch,misha,micha michaela:michi,micha michal:misa,misko,michalek
michelle:shelly,chelle,mitch miguel:migue,mikel mikhail:misha,mischa mildred:millie,milly miriam:mimi,miri
mitchell:mitch mohammed:mo,mohammad,mohamed,muhammad,muhammed,mohamad,mhd,mohd,md morris:mo,morrie,maurice
nadezhda:nadia,nadya nancy:nan,nance natalie:nat,nattie,talia natalia:nat,natasha,talia,natasa nathan:nate,nat
nathaniel:nate,nat,nathan neil:neal nicholas:nick,nicky,nico,nic,klaus,nicolas nicole:nicky,nikki,nic,nici
nikolaus:klaus,niko,nik,nick nikolai:kolya,niko norma:normie oliver:ollie,olli,oli olivia:liv,livvy,olive oscar:ossie
pamela:pam,pammy patricia:pat,patty,trish,tricia,patti,trisha,patsy,pati patrick:pat,paddy,rick patrizia:pat
paul:paulie pauline:polly,paula pavel:pasha,pavlik,paja pawel:pawelek penelope:penny,nell peter:pete,petey,petr
petra:peti philip:phil,pip,flip phillip:phil,pip phyllis:phyl piotr:piotrek,piotrus priscilla:cilla,prissy
rachel:rach,rae,shelly rafael:rafa,rafi ralph:ralphie,rafe ramon:moncho randall:randy,rand randolph:randy,dolph
raphael:rafe,raf raymond:ray rebecca:becky,becca,beck,reba reginald:reg,reggie,rex regina:gina,reggie renate:nati
ricardo:ricky,rick,cardo,richie richard:rick,dick,rich,richie,ricky,rico,ritchie,dickie
robert:bob,rob,bobby,robbie,bert,robin,robby,bobbie roberta:bobbie,robbie roberto:beto,rob,berto
roderick:rod,roddy,rick rodney:rod rodrigo:rodri,rigo roger:rog,rodge roland:rollo,roly,rolly ronald:ron,ronnie,ronny
rosalia:rosa rosario:charo,chayo rosemary:rose,rosie,romy,rosemarie,mary rosemarie:rosi,rose,romy
rosalind:roz,rosa,linda roxanne:roxy,rox rudolf:rudi,rolf,rudy rudolph:rudy,rolf,dolph russell:russ,rusty ruth:ruthie
salvador:chava,salva salvatore:sal,toto samantha:sam,sammy,sammie samuel:sam,sammy,samu sandra:sandy,sandi
santiago:santi,chago,diego,yago sarah:sally,sadie,sara,sal,sarita sebastian:seb,basti,bastian,sebas,bas sergio:checho
sergei:seryozha shirley:shirl,lee siegfried:sigi,siggi sigmund:sigi sofia:sophie,sonya,sofi,zosia sophia:sophie,sophy
stanley:stan stanislav:stan,stana,standa,slava stefan:steff,stef,stefek stefania:stefa
stephanie:steph,stephie,steffi,stevie stefanie:steffi,steff,stef stephen:steve,stevie,steph steven:steve,stevie
stuart:stu stewart:stu,stew susan:sue,susie,suzy,suzie susanne:susi,sanne,susan,sue suzanne:sue,suzy,suzie,zanna
sylvester:sly sylvia:syl,silvia sylwia:sylwka svetlana:sveta,lana tabitha:tabby tadeusz:tadek tamara:tammy,toma
tanya:tatiana,tania tatiana:tanya,tania teresa:tess,terry,tracy,tere,terri theodore:ted,theo,teddy,ned theodor:theo
theresa:terry,tess,tessa,tracy,terri,resi therese:resi,terry,tess thomas:tom,tommy,thom,tomas timothy:tim,timmy
tobias:tobi,toby tomas:tomi,tomik,tom tomasz:tomek ulrich:uli,ulli ulrike:uli,ulli,rike ursula:uschi,ulla,sula,ursel
valentina:tina,vale,val valerie:val vanessa:nessa,vanny vasily:vasya vera:verka veronica:ronnie,vero,nica,roni
veronika:vroni,vero,nika victor:vic,vick,vik victoria:vicky,tori,vic,vikki,vickie vincent:vince,vin,vinny,vinnie
vincenzo:enzo,vince viktor:vik,vitya viktoria:vicky,viki,vika violet:vi virginia:ginny,ginger,gina,virgie
vladimir:vlad,volodya,vova,vladi vaclav:vasek,vena walter:walt,wally,walti,wat wendy:wen werner:wern
wilhelm:willi,willy,will,helmut wilhelmina:minnie,mina,willa,wilma william:bill,will,billy,willy,liam,willie,wil
winifred:winnie,freddie wojciech:wojtek wolfgang:wolf,wolfi yevgeny:zhenya,eugene yolanda:yoli
zachary:zach,zack,zac,zak zbigniew:zbyszek zdenek:zdena,zdenda zuzana:zuzka,zuza
"""

# Trailing words of a company's name that only say its legal form (folded, dots gone, spelt letters joined).
LEGAL_FORMS = _set(
    """inc incorporated corp corporation co company llc lc ltd limited plc llp lp lllp pllc pc pa ltda
    limitada me mei eireli epp gmbh ggmbh mbh ag kg kgaa ohg gbr ug ek ev eg haftungsbeschrankt aktiengesellschaft
    gesellschaft kommanditgesellschaft partg partgmbb sa sas sasu sarl eurl snc sci scop sca scs slu sl slne sll sau
    sal scp srl srls spa sapa ss scarl soc coop bv nv cv vof bvba sprl ab aktiebolag hb kb as asa aps amba ks oy oyj
    ab ky tmi sro spol vos zs zsp sp spzoo zoo zo oo spj spk psa dd doo ad eood ood jsc pjsc cjsc ojsc ooo oao zao pao
    tov kft bt zrt nyrt rt kkt eirl sac saa sab cv rl sapi pty pte pvt private proprietary bhd sdn berhad pt tbk cia
    kk gk yk kabushiki kaisha fzco fze fzc wll dmcc se eeig gie plcc cic cio unlimited ultd dac clg teoranta teo
    anonim sirketi ltdsti sti"""
)
# The forms no person is called: a lead named so is a company.
COMPANY_WORDS = _set(
    "inc incorporated corp corporation llc ltd limited plc gmbh srl sro spzoo ltda bv bvba sarl sprl oyj pvt pty kft"
)
# The same in front of it.
LEGAL_FRONT = _set("pt ooo oao zao pao tov cv firma fa")

# Mailboxes anybody can have: sharing the domain says nothing.
FREE_MAIL = _set(
    """gmail.com googlemail.com yahoo.com yahoo.co.uk yahoo.fr yahoo.de yahoo.es yahoo.it yahoo.ca
    yahoo.in yahoo.co.in yahoo.com.br yahoo.com.mx yahoo.com.ar yahoo.co.jp yahoo.com.au ymail.com rocketmail.com
    outlook.com outlook.de outlook.fr outlook.es outlook.it hotmail.com hotmail.co.uk hotmail.fr hotmail.de hotmail.it
    hotmail.es hotmail.nl hotmail.se hotmail.be hotmail.ca live.com live.co.uk live.fr live.nl live.se live.de live.it
    live.be msn.com passport.com icloud.com me.com mac.com aol.com aol.co.uk aim.com gmx.com gmx.de gmx.net gmx.at
    gmx.ch web.de t-online.de freenet.de arcor.de online.de 1und1.de mail.de posteo.de mailbox.org orange.fr
    wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr club-internet.fr numericable.fr libero.it virgilio.it
    tiscali.it alice.it tin.it fastwebnet.it inwind.it iol.it poste.it ziggo.nl kpnmail.nl kpnplanet.nl planet.nl
    home.nl xs4all.nl hetnet.nl casema.nl chello.nl upcmail.nl quicknet.nl telenet.be skynet.be proximus.be telia.com
    telia.se bredband.net spray.se comhem.se tele2.se bahnhof.se online.no broadpark.no mail.dk jubii.dk stofanet.dk
    wp.pl onet.pl onet.eu op.pl o2.pl interia.pl interia.eu gazeta.pl tlen.pl poczta.onet.pl vp.pl seznam.cz email.cz
    centrum.cz post.cz atlas.cz volny.cz azet.sk centrum.sk zoznam.sk post.sk pobox.sk freemail.hu citromail.hu
    indamail.hu t-online.hu abv.bg mail.bg mail.ru yandex.ru yandex.com ya.ru rambler.ru bk.ru list.ru inbox.ru
    ukr.net i.ua meta.ua inbox.lv uol.com.br bol.com.br terra.com.br ig.com.br globo.com r7.com rediffmail.com
    rediff.com indiatimes.com sify.com qq.com 163.com 126.com sina.com sina.cn sohu.com foxmail.com naver.com
    hanmail.net daum.net nate.com docomo.ne.jp ezweb.ne.jp btinternet.com btopenworld.com sky.com virginmedia.com
    ntlworld.com blueyonder.co.uk talktalk.net tiscali.co.uk plus.com o2.co.uk comcast.net verizon.net att.net
    sbcglobal.net bellsouth.net cox.net charter.net earthlink.net juno.com optonline.net roadrunner.com windstream.net
    frontier.com rogers.com sympatico.ca shaw.ca telus.net bigpond.com bigpond.net.au optusnet.com.au iinet.net.au
    xtra.co.nz slingshot.co.nz eircom.net telefonica.net terra.es ono.com movistar.es sapo.pt mail.com email.com
    usa.com inbox.com fastmail.com fastmail.fm proton.me protonmail.com protonmail.ch pm.me tutanota.com tuta.io
    hushmail.com zoho.com zohomail.com hey.com bluewin.ch sunrise.ch hispeed.ch aon.at chello.at utanet.at walla.co.il
    walla.com netvision.net.il otenet.gr forthnet.gr hotmail.gr windowslive.com att.com example.com example.org
    example.net"""
)
# Mailboxes of an office rather than of a person.
ROLE_NAMES = _set(
    """info contact office sales hello mail email admin support service team enquiries enquiry inquiry marketing hr jobs
    billing accounts accounting invoice invoices finance orders order shop webmaster postmaster kontakt post verkauf
    vertrieb buero buro contacto ventas comercial contato vendas commercial accueil direction secretariat informazioni
    vendite amministrazione segreteria biuro sekretariat obchod objednavky faktury noreply no-reply help helpdesk
    reception booking bookings reservations"""
)

# Cities under two names: everyday or foreign form -> the own one, folded.
_CITIES = """munich:munchen; cologne:koln; nuremberg:nurnberg; hanover:hannover; brunswick:braunschweig; rome:roma;
milan:milano; naples:napoli; turin:torino; florence:firenze; venice:venezia; genoa:genova; padua:padova; mantua:mantova;
the hague:den haag; hague:den haag; s gravenhage:den haag; gothenburg:goteborg; warsaw:warszawa; cracow:krakow;
danzig:gdansk; breslau:wroclaw; posen:poznan; stettin:szczecin; seville:sevilla; saragossa:zaragoza; corunna:a coruna;
la coruna:a coruna; lisbon:lisboa; oporto:porto; bangalore:bengaluru; bombay:mumbai; madras:chennai; calcutta:kolkata;
poona:pune; nyc:new york; new york city:new york; ny:new york; la:los angeles; sf:san francisco; philly:philadelphia;
vegas:las vegas; lv:las vegas; frankfurt am main:frankfurt; frankfurt main:frankfurt; newcastle upon tyne:newcastle;
vienna:wien; prague:praha; pilsen:plzen; pressburg:bratislava; copenhagen:kobenhavn; brussels:bruxelles;
brussel:bruxelles; antwerp:antwerpen; ghent:gent; bruges:brugge; geneva:geneve; zuerich:zurich; basle:basel; berne:bern;
lucerne:luzern; moscow:moskva; saint petersburg:sankt peterburg; kiev:kyiv; kharkov:kharkiv; odessa:odesa; lemberg:lviv;
bucharest:bucuresti; belgrade:beograd; athens:athina; peking:beijing; canton:guangzhou; saigon:ho chi minh city;
rangoon:yangon; mexico:mexico city; ciudad de mexico:mexico city; cdmx:mexico city; washington dc:washington;
den bosch:s hertogenbosch"""

# Words of a street under two spellings -> the short one, folded.
_STREETS = """street:st strasse:str avenue:ave av:ave avenida:ave road:rd drive:dr lane:ln boulevard:blvd
boul:blvd bvd:blvd place:pl square:sq court:ct crescent:cres highway:hwy parkway:pkwy terrace:ter circle:cir close:cl
north:n south:s east:e west:w northeast:ne northwest:nw southeast:se southwest:sw suite:ste apartment:apt
appartement:apt flat:apt unit:apt floor:fl building:bldg mount:mt fort:ft first:1st second:2nd third:3rd fourth:4th
fifth:5th sixth:6th seventh:7th eighth:8th ninth:9th tenth:10th saint:st number:no plaza:plz piazza:pza platz:pl
via:via calle:c rue:rue ulica:ul ulice:ul"""


def nicknames() -> dict[str, tuple[str, ...]]:
    """Folded form -> the formal names it may stand for: 'liz' -> ('elizabeth',), 'chris' -> ('christian', ...)."""
    formals_of: dict[str, list[str]] = {}
    for entry in _NICKNAMES.split():
        formal, _, forms = entry.partition(":")
        for form in (formal, *forms.split(",")):
            formals_of.setdefault(form, []).append(formal)
    return {form: tuple(dict.fromkeys(formals)) for form, formals in formals_of.items()}


def forms(name: str) -> list[str]:
    """The other forms of a given name, folded: 'bob' -> ['robert', 'rob', ...]; [] for a name that has none."""
    others: dict[str, None] = {}
    for entry in _NICKNAMES.split():
        if name in entry:
            known = entry.replace(":", ",").split(",")
            others |= dict.fromkeys(known if name in known else ())
    return [form for form in others if form != name]


def cities() -> dict[str, str]:
    """Folded city -> its own name, folded: 'munich' -> 'munchen'."""
    pairs = (entry.strip().partition(":") for entry in _CITIES.split(";"))
    return {other: native for other, _, native in pairs}


def streets() -> dict[str, str]:
    """Folded word of a street -> its short form: 'street' -> 'st'."""
    pairs = (entry.partition(":") for entry in _STREETS.split())
    return {word: short for word, _, short in pairs}
