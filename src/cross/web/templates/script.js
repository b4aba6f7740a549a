(function(){
var d=document,b=d.body,$=function(s){return d.querySelector(s)},all=function(s){return [].slice.call(d.querySelectorAll(s))};
var wrong=$(".wrong");if(wrong)wrong.focus();
all("[data-script]").forEach(function(e){e.hidden=false});
all("[data-print]").forEach(function(e){e.onclick=function(){print()}});
all("form").forEach(function(f){f.addEventListener("submit",function(e){if(f.sent)e.preventDefault();f.sent=1})});
addEventListener("pageshow",function(){all("form").forEach(function(f){f.sent=0})});
var phone=$("#msisdn"),own=$("[name=operator]:checked");
if(phone){
all("[name=operator]").forEach(function(r){r.addEventListener("change",function(){own=r})});
var guess=function(){
var n=phone.value.replace(/[^\d+]/g,"").replace(/^(\+|00)?(228|253)(?=\d{2})/,"").slice(0,2),seen=$("#likely"),hit=null;
if(n.length==2)all("[data-prefixes]").forEach(function(r){if(!r.disabled&&!hit&&(" "+r.getAttribute("data-prefixes")+" ").indexOf(" "+n+" ")>=0)hit=r});
if(hit&&!own)hit.checked=true;
if(seen)seen.textContent=hit?seen.getAttribute("data-say").replace("{}",hit.getAttribute("data-title")):""};
phone.addEventListener("input",guess);guess()}
var born=Date.now(),due=+b.getAttribute("data-left"),out=$("#left"),bar=$("#bar"),last=0;
function tick(){
var s=Math.ceil(due-(Date.now()-born)/1000);if(s<0)s=0;
out.textContent=Math.floor(s/60)+":"+("0"+s%60).slice(-2);
if(bar)bar.style.transform="scaleX("+Math.min(1,s/ +bar.getAttribute("data-of"))+")";
if(s<=60&&!last){last=1;var m=$("#soon");if(m)m.hidden=false}
if(s)setTimeout(tick,1000)}
if(out&&due)tick();
var help=$("#nothing");if(help)setTimeout(function(){help.open=true},12000);
var url=b.getAttribute("data-poll"),state=b.getAttribute("data-state"),tag="",busy=0,timer;
if(!url||!window.fetch)return;
function next(){clearTimeout(timer);var a=Date.now()-born;timer=setTimeout(ask,a<3e4?3e3:a<15e4?5e3:1e4)}
function ask(){
clearTimeout(timer);if(busy&&Date.now()-busy<15e3)return;busy=Date.now();
fetch(url,{headers:tag?{"If-None-Match":tag}:{},cache:"no-store",credentials:"omit"}).then(function(r){
if(r.status!=200)return;tag=r.headers.get("ETag")||"";
return r.json().then(function(j){if(j.state!=state)location.replace(b.getAttribute("data-here"))})
}).catch(function(){}).then(function(){busy=0;next()})}
d.addEventListener("visibilitychange",function(){if(!d.hidden)ask()});
addEventListener("pageshow",function(e){if(e.persisted)ask()});
addEventListener("online",ask);
next()
})()
