/* The commonest four bytes of source text (30 MB of Python, C, Go, JavaScript, Rust, Markdown; each byte | 0x20), the commonest first. What
 * the finder avoids as a fragment. */
#include "scan/secrets/lits_int.h"

const char aisp_secrets__grams[] =
	"tiontypeconsonstturneturretunameefindefifinefuncnodestriringctiofiletrinselfvalustatsionthisalueatiomenterrorrorable"
	"/nodportuintcommhttptestintewithsizeionsptiocalldataelf.codenterjectcompcontchecheckosslunctfromopenn thcharf thform"
	"ttpsnctitati.comtps:ps:/e threadthatsignpathverseratinfobjectimevoidobjes thlineersiopticom/penstextrsiostruithugith"
	"thubtrucructne senssnssltherb.coparaof thub.ub.c/gitwrite co//gictorterntingodejdejsaticype(ormalistinstejs/om/n(htt"
	"bytem/noe ins/noaramode/angejs/nateded tcludresuargsemenhe cinclrequnclusultt thesulmpleindetruecasedingritesinghe s"
	"ludeliceressontein tlassoperclasd ind tomporffertablint6atornt64if (atchectolate(conimpoexteboolcessnstae reparspres"
	"lockigneiterasn1chanarsestd:td::aultfaulrmater tointflaged bamesdefaefaus noightst sbuffsourourcurcestane toe isinit"
	"copyng tenerr thbackpoinance(seluffespecattrs innoneconfbuilspacgnedtatepaceentsrectnullcateratodateectit inndexloca"
	"mmittreastrereatommiendiensed by(ossoverlemeenamequesymbymbocertmbolbasegeneint3packalselengnt32o thservceptfalse of"
	"s toto tngthengtstarelseicatpendtribrentcreausedt isoundmainmethionae(skicened ireameateadercenssimdessiresembercati"
	"allopullwhenrintaddre foernaprocervescrineramoduodulwillprinffffmatcduleribuibutfreeentinsiguilde skunsintexasseture"
	"entrhangstorst cteraumenloading.t cossiotartsertrateheadespaningt reethoappeothebloct ofthodgroueadeion./pulull/pass"
	"he fs anvalie/pualidonfie denumbsuppt tosafeouldraties tinedhe pde/pis nc coequipe(she lworkarraumberiptic ccriplink"
	"impldentor tmake/ thytestrantempcrypryptrespis aperanfigt chhe tn inroupargepropexcearch/comndifquirifietackrighommo"
	"encediretargitioexpres aelemmmonuireimsimsimrocesimsirecsagey thplatfsetlectpkcs\"gitstacieldencotiveif therehandcted"
	"onlys reuppohe ronaloffsmoveed apporrnaln reocesokenxtenmande ssd thncodxcepe fiommapecie stevenransr tog thffseto a"
	"uesttracmodescalhashtptrbutevectorteconnandlng aprotintpmmanertiwordrrayurnse lis ofountqueson tectemit/tokeublie an"
	"ntptntryessawhichicht syrtedpublnderlongtentingslagsactializdictllowor adiststintanchavee/cole irgetachendleundede/c"
	"at trameplict stkageis fion(mesptteratteackasyncfind.getol ssserrangtorepareicaltoryensiestrinpunputn cocounion:eter"
	"userienttainh thblicptr(ilesentackagntenypesatese usletet benstre prpectalleisteoutpttris ar. thrn ting(wanttputunc("
	"e pautpuamplor idescse oendee caergese tndefmerglen(pdatitemusinbitss fomarkfailfloaepreppenon oloatxtertersed cocsp"
	"nsiohe amessallylize.addupdaposiocatssagis iif eventnd tcurre op= nitensatustatushouhoulmplaocals isomprsockprefater"
	"emplirstis secifnexte nourreracteserrepofirsprectialllbaleasn beestiypedferehe dllocallbremofielmustth texpelbacreso"
	"escrificargucloshe ergumgumeerenroperrenmprehe grotoif nin aexecby ton iend(perton::ed waddentinpartvertst btifind a"
	"he ns beed fselemaskode.lastto mhe iidentylehe ostylan bsterst oelecnnecthreositis tdeleddedbeeninaltermomparefiatur"
	"ignayptoultit calueser oe sese intaiedefefernval= reaccenitit x5to bauthapplcifihis.ompipenantatonnempilo ma.errlose"
	"he mr indecoprovreles condencachsponcondtreeent.int(= se";
const size_t aisp_secrets__gram_count = sizeof aisp_secrets__grams / 4;

/* The rate of the gram of this rank falls as in Zipf's law; two points were fitted. */
double aisp_secrets__gram_rate(size_t rank)
{
	return 2.2e-3 / (1 + 0.03 * (double)rank);
}
